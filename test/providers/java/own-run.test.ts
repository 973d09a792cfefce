import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Spec } from '../../../src/model/spec.ts';
import { detectCgroups } from '../../../src/os/cgroup.ts';
import { readCmdline } from '../../../src/os/process.ts';
import { findTools } from '../../../src/os/sandbox.ts';
import type { Made, Provider } from '../../../src/providers/contract.ts';
import { buildAgent, eventually, killNow, logOf, pidOf } from '../../agent/ground.ts';
import { jdks } from './fixtures.ts';
import { app, type JavaGround, jarsBuilt, javaGround, type Program, program } from './ground.ts';

const all = jdks();
const [oldest] = all;
const limited = detectCgroups().controllers.has('memory');
let agent: Awaited<ReturnType<typeof buildAgent>>;
let made: Program;
let here: JavaGround;
let provider: Provider;

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
});
afterEach(() => here.clear());

async function run(id: string, spec: Spec, stored: Spec = spec): Promise<Made> {
  const target = here.target(id, spec, { stored });
  const created = await provider.create(target, here.context);
  return provider.start({ ...target, handle: created.handle }, here.context);
}
const said = (id: string, text: string | RegExp): Promise<string> =>
  eventually(`${id} says ${String(text)}; it said ${logOf(here.dir, id)}${logOf(here.dir, id, 'err')}`, () => {
    const log = logOf(here.dir, id);
    return (typeof text === 'string' ? log.includes(text) : text.test(log)) && log;
  });
const see = async (id: string, spec: Spec, one: Made) => {
  const [seen] = await provider.read([here.record(id, spec, one)], here.context);
  if (seen === undefined) throw new Error('nothing was read');
  return seen;
};

describe.each(all)('an application in a JVM of its own, Java $feature', { timeout: 180_000 }, (jdk) => {
  it('is started with its heap, properties, environment, flags and arguments', async () => {
    const pool = 'property=pj.threadPool.maxPoolSize';
    const args = ['version', 'heap', 'property=greeting', 'property=pj.volume.data', pool, 'env=SAYS', 'wait'];
    const spec = app(jdk, made, args, {
      env: { SAYS: 'hello env' },
      properties: { greeting: 'hello property' },
      volumes: [{ name: 'data', path: 'data', type: 'persistent' }],
      java: { heap: 96 << 20, jvmArgs: ['-XX:+UseSerialGC'], threadPool: { maxPoolSize: 3 } },
    });
    const one = await run('a', spec);
    const log = await said('a', 'hello env');
    expect(log).toContain(`java ${jdk.feature}\n`);
    expect(log).toContain('greeting is hello property');
    expect(log).toContain('pj.threadPool.maxPoolSize is 3');
    expect(log).toContain(`pj.volume.data is ${here.dir}/.pj/volumes/a/data`);
    expect(Number(/^heap (\d+)$/m.exec(log)?.[1])).toBeLessThanOrEqual(96 << 20);
    expect(Number(/^heap (\d+)$/m.exec(log)?.[1])).toBeGreaterThan(80 << 20);
    expect(one.attributes).toMatchObject({ address: '127.0.0.1', heap: 96 << 20, java: jdk.version, state: 'running' });
    const line = readCmdline(pidOf(one.attributes));
    expect(line.slice(0, 2)).toEqual([jdk.command, `-Xmx${96 << 20}`]);
    expect(line.slice(-args.length)).toEqual(args);
    expect(line.indexOf('-XX:+UseSerialGC')).toBeLessThan(line.indexOf('-cp'));
  });

  it('runs an executable jar as one, with the API beside it', async ({ skip }) => {
    if (!existsSync(join(import.meta.dirname, '../../../dist/java/pj-api.jar'))) skip('npm run build has left no jars');
    const { mainClass: _, classpath: __, ...java } = app(jdk, made, ['api', 'wait']).java ?? {};
    const one = await run('a', { java: { ...java, jar: made.jar } });
    await said('a', 'api io.pj.api.Pj');
    expect(readCmdline(pidOf(one.attributes)).slice(-4)).toEqual(['-jar', made.jar, 'api', 'wait']);
  });

  it('has a heap that fits into its memory', async ({ skip }) => {
    if (!limited) skip('no memory controller here');
    const spec = app(jdk, made, ['heap', 'wait'], { resources: { memory: 256 << 20 } });
    const one = await run('a', spec);
    const heap = Number(/^heap (\d+)$/m.exec(await said('a', /^heap \d+$/m))?.[1]);
    expect(one.attributes['heap']).toBe(192 << 20);
    expect(heap).toBeLessThanOrEqual(192 << 20);
    expect((await see('a', spec, one)).fields).toEqual({ '/resources/memory': 256 << 20 });
  });

  it('hands sensitive properties over so that neither a command line nor a file holds them', async ({ skip }) => {
    if (!jarsBuilt) skip('npm run build has left no jars');
    const secret = `s3cret-${process.hrtime.bigint()}`;
    const leaf = { $sensitive: { parts: [{ secret: 'db' }], digest: 'd' } } as unknown as string;
    // Its own output would be a file with it.
    const spec = app(jdk, made, ['property=plain', 'wait'], {
      properties: { 'db.password': secret, plain: 'seen' },
      env: { DB: secret },
      restart: { policy: 'always', delay: 0.05 },
    });
    const stored = { ...spec, properties: { 'db.password': leaf, plain: 'seen' }, env: { DB: leaf } };
    const one = await run('a', spec, stored);
    await said('a', 'plain is seen');
    const pid = pidOf(one.attributes);
    expect(readCmdline(pid).join('\n')).not.toContain(secret);
    const jcmd = (what: string) =>
      execFileSync(join(jdk.home, 'bin', 'jcmd'), [String(pid), what], { encoding: 'utf8' });
    expect(jcmd('VM.command_line')).not.toContain(secret);
    expect(jcmd('VM.system_properties')).toContain(`db.password=${secret}`);
    expect(readFileSync(`/tmp/hsperfdata_${userName()}/${pid}`).includes(secret)).toBe(false);
    expect(filesWith(here.dir, secret)).toEqual([]);
    // An agent that never knew it has it from the process, and starts it again with it.
    killNow(await eventually('an agent', () => here.agentPid()));
    await eventually('it is dead', () => here.agentPid() === undefined);
    await provider.watch?.(here.context);
    killNow(pid);
    const again = await eventually('it is started again', async () => {
      const now = await see('a', spec, one);
      return now.restarts === 1 && now.status === 'running' && now;
    });
    await said('a', /begins(.|\n)*begins(.|\n)*plain is seen/);
    const properties = [String(again.attributes['pid']), 'VM.system_properties'];
    const told = execFileSync(join(jdk.home, 'bin', 'jcmd'), properties, { encoding: 'utf8' });
    expect(told).toContain(`db.password=${secret}`);
  });

  it('keeps no file of counters where an argument is sensitive', async () => {
    const leaf = { $sensitive: { parts: [{ secret: 'db' }], digest: 'd' } } as unknown as string;
    const spec = app(jdk, made, ['property=some-secret', 'wait']);
    const stored = { ...spec, java: { ...spec.java, args: [leaf, 'wait'] } };
    const one = await run('a', spec, stored);
    await said('a', 'some-secret is null');
    expect(existsSync(`/tmp/hsperfdata_${userName()}/${pidOf(one.attributes)}`)).toBe(false);
    expect(filesWith(here.dir, 'some-secret').filter((file) => !file.endsWith('.out.log'))).toEqual([]);
  });

  it('is stopped so that its shutdown hooks run, and is then stopped, not failed', async () => {
    const spec = app(jdk, made, ['wait'], { restart: { policy: 'always' } });
    const one = await run('a', spec);
    await said('a', 'begins');
    await provider.stop({ ...here.target('a', spec), handle: one.handle }, here.context);
    expect(logOf(here.dir, 'a')).toContain('hook ran');
    const seen = await see('a', spec, one);
    // A JVM that is ended by SIGTERM ends with 143.
    expect(seen).toMatchObject({ status: 'stopped', restarts: 0 });
  });

  it('that is told to end by somebody else has failed, with 143, and is started again', async () => {
    const spec = app(jdk, made, ['wait'], { restart: { policy: 'on-failure', delay: 0.05 } });
    const one = await run('a', spec);
    await said('a', 'begins');
    process.kill(pidOf(one.attributes), 'SIGTERM');
    const seen = await eventually('it is started again', async () => {
      const now = await see('a', spec, one);
      return now.restarts === 1 && now.status === 'running' && now;
    });
    expect(seen.handle).toEqual(one.handle);
    expect(seen.attributes['pid']).not.toBe(one.attributes['pid']);
    const job = app(jdk, made, ['wait'], { java: { type: 'job' } });
    const two = await run('job', job);
    await said('job', 'begins');
    process.kill(pidOf(two.attributes), 'SIGTERM');
    const ended = await eventually('it ended', async () => {
      const now = await see('job', job, two);
      return now.status !== 'running' && now;
    });
    expect(ended).toMatchObject({ status: 'dead', detail: expect.stringContaining('143') });
  });

  it('is started again by the agent when it is killed', async () => {
    const spec = app(jdk, made, ['wait'], { restart: { policy: 'on-failure', delay: 0.05 } });
    const one = await run('a', spec);
    await said('a', 'begins');
    killNow(pidOf(one.attributes));
    await eventually('it is started again', async () => {
      const now = await see('a', spec, one);
      return now.restarts === 1 && now.status === 'running';
    });
  });

  it('is done when a job has ended well, and dead when it has not', async () => {
    const good = app(jdk, made, ['version'], { java: { type: 'job' } });
    const bad = app(jdk, made, ['exit=7'], { java: { type: 'job' } });
    const [a, b] = [await run('good', good), await run('bad', bad)];
    await eventually('both have ended', async () => {
      const [one, two] = [await see('good', good, a), await see('bad', bad, b)];
      return one.status === 'completed' && two.status === 'dead' && two.detail?.includes('7');
    });
  });

  it('ends when its heap is full', async () => {
    const spec = app(jdk, made, ['fill'], { restart: { policy: 'no' }, java: { heap: 32 << 20 } });
    const one = await run('a', spec);
    const seen = await eventually('it ended', async () => {
      const now = await see('a', spec, one);
      return now.status === 'dead' && now;
    });
    expect(seen.detail).toContain('3');
    expect(logOf(here.dir, 'a') + logOf(here.dir, 'a', 'err')).toMatch(/OutOfMemoryError/);
  });

  it('tells its heap, collections and classes, as they are now', async () => {
    // Serial: to G1 an array of 1 MiB is a thing of two regions.
    const java = { heap: 128 << 20, jvmArgs: ['-XX:+UseSerialGC'] };
    const spec = app(jdk, made, ['keep=20', 'collect', 'keep=20', 'wait'], { java });
    const one = await run('a', spec);
    await said('a', /kept\ncollected\nkept/);
    const [usage] = (await provider.sample?.([here.record('a', spec, one)], here.context)) ?? [];
    expect(usage?.heap).toBeGreaterThan(40 << 20);
    expect(usage?.heap).toBeLessThan(60 << 20);
    expect(usage?.heapMax).toBeLessThanOrEqual(128 << 20);
    expect(usage?.heapMax).toBeGreaterThan(100 << 20);
    expect(usage?.gcCount).toBeGreaterThanOrEqual(1);
    expect(usage?.gcSeconds).toBeGreaterThan(0);
    expect(usage?.classes).toBeGreaterThan(300);
    expect(usage?.threads).toBeGreaterThan(5);
    expect(logOf(here.dir, 'a')).not.toContain('Full thread dump');
  });

  it('is held in a sandbox like any process, and still tells its heap', async ({ skip }) => {
    if (process.geteuid?.() !== 0) skip('only root gives it another user');
    if (findTools().bwrap === undefined) skip('bubblewrap is not there');
    // Readable by all, which the folder of the tests is not.
    const open = join('/var/tmp', `pj-sandbox-${process.hrtime.bigint()}`);
    cpSync(made.classes, open, { recursive: true });
    try {
      const security = { user: 'nobody', privateTmp: true, privateNetwork: true, writablePaths: [open] };
      const args = ['write=/tmp/inside', 'read=/tmp/inside', 'version', 'wait'];
      const spec = app(jdk, made, args, { security, java: { heap: 32 << 20, classpath: [open] } });
      chmodSync(join(here.dir, '..'), 0o755);
      const one = await run('a', spec);
      await said('a', 'java ');
      expect(logOf(here.dir, 'a')).toContain('read written');
      expect(existsSync('/tmp/inside')).toBe(false);
      const [usage] = (await provider.sample?.([here.record('a', spec, one)], here.context)) ?? [];
      expect(usage?.heapMax).toBeGreaterThan(16 << 20);
      expect(usage?.heapMax).toBeLessThanOrEqual(32 << 20);
      expect(usage?.heap).toBeGreaterThan(0);
      const jvm = here.marked().map(({ pid }) => readFileSync(`/proc/${pid}/status`, 'latin1'));
      expect(jvm.some((status) => /^Name:\s+java$/m.test(status) && /^Uid:\s+65534\s/m.test(status))).toBe(true);
      await provider.stop({ ...here.target('a', spec), handle: one.handle }, here.context);
      expect(logOf(here.dir, 'a')).toContain('hook ran');
    } finally {
      rmSync(open, { recursive: true, force: true });
    }
  });

  it('differs when a jar of its class path has changed on the disk, until it is started anew', async () => {
    const jar = join(here.dir, 'lib', 'app.jar');
    mkdirSync(join(here.dir, 'lib'));
    copyFileSync(made.jar, jar);
    const wanted = app(jdk, made, ['wait'], { java: { classpath: ['lib/*'] } });
    const one = await run('a', wanted);
    expect((await see('a', wanted, one)).fields).toEqual({});
    writeFileSync(join(here.dir, 'lib', 'more.jar'), readFileSync(made.jar));
    const seen = await see('a', wanted, one);
    expect(seen.fields).toEqual({ '/java/classpath': 'lib/* (changed on disk since it was started)' });
    expect(seen.detail).toContain('changed on disk');
    // A live change does not hide it.
    const live = { ...wanted, tags: { team: 'a' } };
    const updated = await provider.update({ ...here.target('a', live), handle: one.handle }, ['/tags'], here.context);
    expect(Object.keys((await see('a', live, updated)).fields)).toEqual(['/java/classpath']);
    await provider.stop({ ...here.target('a', live), handle: updated.handle }, here.context);
    const again = await provider.start({ ...here.target('a', live), handle: updated.handle }, here.context);
    expect((await see('a', live, again)).fields).toEqual({});
    rmSync(jar);
    rmSync(join(here.dir, 'lib', 'more.jar'));
    expect((await see('a', live, again)).fields['/java/classpath']).toMatch(/no jar in/);
  });
});

it('does not differ because its project, which is its class path, has state and data in it', async ({ skip }) => {
  if (oldest === undefined) return skip('there is no JDK here');
  mkdirSync(join(here.dir, 'app'));
  copyFileSync(join(made.classes, 'app', 'Main.class'), join(here.dir, 'app', 'Main.class'));
  copyFileSync(join(made.classes, 'app', 'Main$Hidden.class'), join(here.dir, 'app', 'Main$Hidden.class'));
  const spec = app(oldest, made, ['write=data.txt', 'wait'], { java: { classpath: ['.'] } });
  const one = await run('a', spec);
  await said('a', 'wrote');
  expect((await see('a', spec, one)).fields).toEqual({});
  writeFileSync(join(here.dir, 'app', 'Main.class'), 'another');
  expect(Object.keys((await see('a', spec, one)).fields)).toEqual(['/java/classpath']);
});

/** Files of a folder with a text in them. */
function filesWith(dir: string, text: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .filter((file) => readFileSync(file).includes(text));
}

const userName = (): string => execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
