import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/model/json.ts';
import type { SecretSource } from '../../src/model/plan.ts';
import type { WorkloadRecord } from '../../src/model/record.ts';
import type { Part } from '../../src/model/template.ts';
import type { Target } from '../../src/providers/contract.ts';
import { digestOf, keyIdOf } from '../../src/values/digest.ts';
import { createDigestKey } from '../../src/values/digest-key.ts';
import { jdks } from '../providers/java/fixtures.ts';
import { HOST, hostBuilt } from '../providers/jvm/ground.ts';
import { buildAgent, eventually, randomName } from './ground.ts';
import { keptProgram, lively, outputOf, type TenantGround, tenantGround } from './tenants-ground.ts';

const [jdk] = hostBuilt ? jdks() : [];

describe.skipIf(jdk === undefined)('secrets of applications in host JVMs', { timeout: 180_000 }, () => {
  if (jdk === undefined) return;
  let agent: Awaited<ReturnType<typeof buildAgent>>;
  let program: ReturnType<typeof keptProgram>;
  let here: TenantGround;
  let key: Buffer;
  beforeAll(async () => {
    agent = await buildAgent();
    program = keptProgram(jdk);
  });
  afterAll(() => {
    rmSync(agent.dir, { recursive: true, force: true });
    program?.clear();
  });
  beforeEach(async () => {
    here = tenantGround(agent.entry, jdk, program.classes);
    key = await createDigestKey(here.dir, {});
    await here.up(lively(jdk));
  });
  afterEach(() => here.clear());

  /** One that has a sensitive property and a sensitive argument, as an applier would hand it over. */
  const withSecret = (id: string, value: string, part: Part, sources: Record<string, SecretSource>): Target => {
    const leaf = { $sensitive: { parts: [part], digest: digestOf(key, value) } } as unknown as string;
    const spec = here.spec(id, [value], { properties: { secret: value } });
    const stored = here.spec(id, [leaf], { properties: { secret: leaf } });
    const references: Record<string, Json> = {};
    return here.target(id, spec, { stored, origin: { keyId: keyIdOf(key), sources, references }, after: [HOST] });
  };
  const startsOf = (id: string, value: string) =>
    outputOf(here, id).split(`secret=${value}\narg=${value}\n`).length - 1;
  const back = (id: string, value: string, times: number) =>
    eventually(`${id} is back with its secret`, () => startsOf(id, value) === times, 60_000);
  /** Runs it until it has spoken: what is ended before says nothing. */
  const run = async (target: Target): Promise<WorkloadRecord> => {
    const record = await here.run(target);
    await back(target.identity.id, String(target.spec.properties?.['secret']), 1);
    return record;
  };
  /** Where it was written to, its own output aside: that is its program's doing. */
  const leaks = (value: string) => here.holding(value).filter((file) => !/\/logs\/\w+\.(out|err)\.log/.test(file));
  const failed = (record: WorkloadRecord, detail: RegExp) =>
    eventually(`it fails: ${detail}`, async () => {
      const seen = await here.read(record);
      return seen.status === 'dead' && detail.test(seen.detail ?? '') ? seen : undefined;
    });

  it('are known to the agent while it lives', async () => {
    const value = randomName('canary');
    await run(withSecret('a', value, { secret: 'token' }, { 'secret.token': { env: 'TOKEN' } }));
    await here.killHost();
    await back('a', value, 2);
    expect(leaks(value)).toEqual([]);
  });

  it('are told to a new agent by the host that lives', async () => {
    const value = randomName('canary');
    const record = await run(withSecret('a', value, { secret: 'token' }, { 'secret.token': { env: 'TOKEN' } }));
    await here.killAgent();
    await here.revive();
    // The very moment of it is not to be seen from here; from the next one on the agent knows it.
    await eventually('it listens', () => here.log().split('listens, pid').length === 3);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await here.killHost();
    await back('a', value, 2);
    expect((await here.read(record)).status).toBe('running');
    expect(leaks(value)).toEqual([]);
  });

  it('are had again from files and commands when both died', async () => {
    const [one, two] = [randomName('canary-file'), randomName('canary-command')];
    writeFileSync(join(here.dir, 'source-a'), `${one}\n`);
    writeFileSync(join(here.dir, 'source-b'), two);
    await run(withSecret('a', one, { secret: 'file' }, { 'secret.file': { file: 'source-a' } }));
    await run(withSecret('b', two, { secret: 'run' }, { 'secret.run': { command: ['cat', 'source-b'] } }));
    await here.killAgent();
    await here.killHost();
    await here.revive();
    await Promise.all([back('a', one, 2), back('b', two, 2)]);
    expect([...leaks(one), ...leaks(two)]).toEqual([]);
  });

  it('of the environment are not available then: it is told why, and the next start gives them', async () => {
    const value = randomName('canary');
    const target = withSecret('a', value, { secret: 'token' }, { 'secret.token': { env: 'TOKEN' } });
    const record = await run(target);
    await here.run(here.target('b', here.spec('b'), { after: [HOST, 'a'] }));
    await here.killAgent();
    await here.killHost();
    await here.revive();
    const seen = await failed(record, /secret/);
    expect(seen.detail).toContain('secret token is not available here: run pj apply');
    expect(seen.restarting).toBeUndefined();
    expect(here.log()).toMatch(/a: is not brought back into jvm\.default: secret token is not available here/);
    await eventually('b is back', async () =>
      (await here.appsIn()).some(({ id, phase }) => id === 'b' && phase === 'running'),
    );
    await here.apps().start({ ...target, handle: record.handle }, here.context);
    await back('a', value, 2);
    await here.killHost();
    await back('a', value, 3);
    expect(leaks(value)).toEqual([]);
  });

  it('that have changed since are not used', async () => {
    const [old, changed] = [randomName('canary-old'), randomName('canary-new')];
    writeFileSync(join(here.dir, 'source-a'), old);
    const record = await run(withSecret('a', old, { secret: 'db' }, { 'secret.db': { file: 'source-a' } }));
    await here.killAgent();
    await here.killHost();
    writeFileSync(join(here.dir, 'source-a'), changed);
    await here.revive();
    const seen = await failed(record, /changed/);
    expect(seen.detail).toContain('secret db has changed since it was applied: run pj apply');
    expect(startsOf('a', changed)).toBe(0);
  });

  it('whose source comes back are asked for again by the restart policy', async () => {
    const value = randomName('canary');
    const source = join(here.dir, 'source-a');
    writeFileSync(source, value);
    await run(withSecret('a', value, { secret: 'db' }, { 'secret.db': { file: 'source-a' } }));
    await here.killAgent();
    await here.killHost();
    rmSync(source);
    await here.revive();
    await eventually('it was tried', () => /a: .*source-a does not exist.*is tried again/.test(here.log()), 60_000);
    writeFileSync(source, value);
    await back('a', value, 2);
  });

  it('stay known when it is stopped by one who knows digests alone', async () => {
    const value = randomName('canary');
    const target = withSecret('a', value, { secret: 'token' }, { 'secret.token': { env: 'TOKEN' } });
    const record = await run(target);
    const digests = { ...target, spec: target.stored ?? target.spec, handle: record.handle };
    await here.apps().stop(digests, here.context);
    expect(await here.read({ ...record, desiredState: 'stopped' })).toMatchObject({ status: 'stopped' });
    await here.apps().start({ ...target, handle: record.handle }, here.context);
    await back('a', value, 2);
    await here.killHost();
    await back('a', value, 3);
    expect(leaks(value)).toEqual([]);
  });
});
