import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/model/json.ts';
import type { Spec } from '../../../src/model/spec.ts';
import type { Made, Provider } from '../../../src/providers/contract.ts';
import { policyText } from '../../../src/providers/java/own/policy-text.ts';
import { buildAgent, eventually, logOf } from '../../agent/ground.ts';
import { jdks } from './fixtures.ts';
import { app, type JavaGround, jarsBuilt, javaGround, type Program, program } from './ground.ts';

const all = jdks();
const [oldest] = all;
const held = all.filter(({ feature }) => feature >= 17 && feature < 24);
const gone = all.filter(({ feature }) => feature >= 24);
let agent: Awaited<ReturnType<typeof buildAgent>>;
let made: Program;
let here: JavaGround;
let provider: Provider;
let outside: string;

beforeAll(async () => {
  agent = await buildAgent();
  if (oldest !== undefined) made = program(oldest);
});
afterAll(() => {
  rmSync(agent.dir, { recursive: true, force: true });
  made?.clear();
});
beforeEach(() => {
  here = javaGround(agent.entry);
  provider = here.java();
  outside = mkdtempSync(join(tmpdir(), 'pj-policy-'));
  writeFileSync(join(outside, 'file'), 'content');
});
afterEach(async () => {
  await here.clear();
  rmSync(outside, { recursive: true, force: true });
});

async function run(id: string, spec: Spec): Promise<Made> {
  const created = await provider.create(here.target(id, spec), here.context);
  return provider.start({ ...here.target(id, spec), handle: created.handle }, here.context);
}
const log = (id: string, text: string): Promise<string> =>
  eventually(`${id} says ${text}; it said ${logOf(here.dir, id)}${logOf(here.dir, id, 'err')}`, () => {
    const said = logOf(here.dir, id);
    return said.includes(text) && said;
  });

describe.each(held)('security policies, Java $feature', { timeout: 180_000 }, (jdk) => {
  const everything = () => ['listen', `read=${outside}/file`, `write=${outside}/new`, 'run=true', 'reflect', 'version'];
  const under = (security: JsonObject, more: Spec = {}) =>
    app(jdk, made, [...everything(), 'wait'], { ...more, security });

  it('keep it from the network, and from programs that are not kept from it', async () => {
    await run('a', under({ allowNetworking: false }));
    const said = await log('a', 'java ');
    expect(said).toContain('listen refused');
    expect(said).toContain('run refused');
    expect(said).toContain('read content');
    expect(said).toContain('wrote');
    expect(said).toContain('reflected');
  });

  it('keep it from files, but for its own volumes and what is permitted', async () => {
    const inside = join(outside, 'permitted');
    mkdirSync(inside);
    writeFileSync(join(inside, 'file'), 'permitted');
    const volume = join(here.dir, '.pj', 'volumes', 'a', 'data');
    const args = [
      ...everything(),
      `read=${inside}/file`,
      `write=${inside}/new`,
      `write=${volume}/new`,
      'property=x',
      'wait',
    ];
    const security = { allowFileSystem: false, filePermissions: [`read ${inside}/-`] };
    const volumes: Spec['volumes'] = [{ name: 'data', path: 'data', type: 'persistent' }];
    await run('a', app(jdk, made, args, { security, volumes }));
    const said = await log('a', 'x is');
    expect(said.split('\n').slice(1, 10)).toEqual([
      'listens',
      'read refused: AccessControlException',
      'write refused: AccessControlException',
      'run refused: AccessControlException',
      'reflected',
      `java ${jdk.feature}`,
      'read permitted',
      'write refused: AccessControlException',
      'wrote',
    ]);
    expect(readFileSync(join(volume, 'new'), 'utf8')).toBe('written');
    expect(existsSync(join(inside, 'new'))).toBe(false);
  });

  it('permit single addresses, and keep it from reflection', async () => {
    await run('a', under({ allowReflection: false, socketPermissions: { 'localhost:0': 'listen,resolve' } }));
    const said = await log('a', 'java ');
    expect(said).toContain('listens');
    expect(said).toContain('reflect refused');
    expect(said).toContain('read content');
  });

  it('hold what is handed over as well, and go with the application', async ({ skip }) => {
    if (!jarsBuilt) skip('npm run build has left no jars');
    const leaf = { $sensitive: { parts: [{ secret: 'db' }], digest: 'd' } } as unknown as string;
    const spec = app(jdk, made, ['property=greeting', 'listen', 'wait'], {
      security: { allowNetworking: false, allowFileSystem: false },
      properties: { greeting: 'handed over' },
    });
    const target = here.target('a', spec, { stored: { ...spec, properties: { greeting: leaf } } });
    const created = await provider.create(target, here.context);
    const one = await provider.start({ ...target, handle: created.handle }, here.context);
    const said = await log('a', 'listen refused');
    expect(said).toContain('greeting is handed over');
    const file = join(here.dir, '.pj', 'java', 'a@1.policy');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // Without a policy none is left behind, and what its user says is not touched.
    const mine = join(here.dir, 'mine.policy');
    writeFileSync(mine, 'grant { permission java.security.AllPermission; };');
    const { security: _, ...open } = app(jdk, made, ['listen', 'wait'], {
      java: { jvmArgs: ['-Djava.security.manager', `-Djava.security.policy==${mine}`] },
    });
    await provider.stop({ ...here.target('a', open), handle: one.handle }, here.context);
    const next = { ...here.target('a', open), handle: one.handle };
    await provider.update(next, ['/security'], here.context);
    await provider.start(next, here.context);
    await log('a', 'listens');
    expect(existsSync(file)).toBe(false);
    await provider.destroy(next, { destroyVolumes: true }, here.context);
    expect(existsSync(mine)).toBe(true);
  });
});

describe.each(held.slice(0, 1))('the policy file of an application', { timeout: 180_000 }, (jdk) => {
  it('goes by its new name when it was renamed, and with the last of them its folder', async () => {
    const folder = join(here.dir, '.pj', 'java');
    const security = { allowNetworking: false };
    const volumes: Spec['volumes'] = [{ name: 'data', path: 'data', type: 'persistent' }];
    const spec = app(jdk, made, ['property=pj.volume.data', 'listen', 'wait'], { security, volumes });
    const one = await run('a', spec);
    await log('a', 'listen refused');
    expect(readdirSync(folder)).toEqual(['a@1.policy']);
    // As a plan with `moved` does it: the next restart is under the new name.
    const renamed = { ...here.target('b', spec), handle: one.handle };
    await provider.stop(renamed, here.context);
    await provider.update(renamed, ['/name'], here.context);
    const two = await provider.start(renamed, here.context);
    // Its log goes on under the new name.
    await log(
      'b',
      `pj.volume.data is ${here.dir}/.pj/volumes/b/data
listen refused`,
    );
    expect(readdirSync(folder)).toEqual(['b@1.policy']);
    expect(two.handle['instance']).toBe(one.handle['instance']);
    expect(await provider.find(here.identity('a'), here.context)).toBeUndefined();
    await provider.destroy({ ...renamed, handle: two.handle }, { destroyVolumes: true }, here.context);
    expect(existsSync(folder)).toBe(false);
  });
});

describe.each(gone)('security policies, Java $feature', { timeout: 180_000 }, (jdk) => {
  it('are refused, before anything is made', async () => {
    const spec = app(jdk, made, ['wait'], { security: { allowNetworking: false } });
    await expect(provider.create(here.target('a', spec), here.context)).rejects.toMatchObject({ code: 'PJ5601' });
    expect(await provider.find(here.identity('a'), here.context)).toBeUndefined();
  });

  it('are not needed for what they would allow', async () => {
    const spec = app(jdk, made, ['listen', 'wait'], { security: { allowNetworking: true } });
    await run('a', spec);
    await log('a', 'listens');
  });
});

describe('the text of a policy', () => {
  it('quotes what is special in it', () => {
    const text = policyText({
      policy: {
        reflection: true,
        networking: false,
        fileSystem: false,
        files: [{ path: '/a "quoted\\ path', actions: 'read' }],
        sockets: [],
      },
      classpath: ['/c'],
      javaHome: '/j',
      volumes: [],
      trusted: ['/x y/z.jar'],
    });
    expect(text).toContain('permission java.io.FilePermission "/a \\"quoted\\\\ path", "read";');
    expect(text).toContain('grant codeBase "file:///x%20y/z.jar" {');
    expect(text).not.toContain('setSecurityManager');
    expect(text).not.toContain('SocketPermission');
  });
});
