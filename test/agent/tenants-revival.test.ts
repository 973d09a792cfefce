import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRegistry } from '../../src/agent/registry.ts';
import type { Spec } from '../../src/model/spec.ts';
import { jdks } from '../providers/java/fixtures.ts';
import { HOST, hostBuilt } from '../providers/jvm/ground.ts';
import { buildAgent, eventually } from './ground.ts';
import { keptProgram, lively, type TenantGround, tenantGround } from './tenants-ground.ts';

const [jdk] = hostBuilt ? jdks() : [];

describe.skipIf(jdk === undefined)('applications whose host JVM died', { timeout: 180_000 }, () => {
  if (jdk === undefined) return;
  let agent: Awaited<ReturnType<typeof buildAgent>>;
  let program: ReturnType<typeof keptProgram>;
  let here: TenantGround;
  beforeAll(async () => {
    agent = await buildAgent();
    program = keptProgram(jdk);
  });
  afterAll(() => {
    rmSync(agent.dir, { recursive: true, force: true });
    program?.clear();
  });
  beforeEach(() => {
    here = tenantGround(agent.entry, jdk, program.classes);
  });
  afterEach(() => here.clear());

  const target = (id: string, after: string[] = [], spec: Spec = here.spec(id)) =>
    here.target(id, spec, { after: [HOST, ...after] });
  /** What runs in a host, by id. */
  const running = async (host = HOST) =>
    (await here.appsIn(host))
      .filter(({ phase }) => phase === 'running')
      .map(({ id }) => id)
      .sort();
  const back = (ids: string[], host = HOST) =>
    eventually(
      `${ids} run in ${host}`,
      async () => JSON.stringify(await running(host)) === JSON.stringify(ids),
      60_000,
    );

  it('come back in the order of what they depend on, each time', async () => {
    await here.up(lively(jdk));
    const records = [
      await here.run(target('db')),
      await here.run(target('api', ['db', 'elsewhere'])),
      await here.run(target('web', ['api'])),
      await here.run(target('alone')),
    ];
    await here.started(4);
    for (const round of [1, 2]) {
      const before = here.hostPid();
      await here.killHost();
      await eventually('another one', () => here.hostPid() !== before && here.hostPid() !== undefined);
      await back(['alone', 'api', 'db', 'web']);
      const order = await here.started(4);
      expect(order.filter((id) => id !== 'alone')).toEqual(['db', 'api', 'web']);
      expect(order).toHaveLength(4);
      for (const record of records) {
        const seen = await here.read(record);
        expect(seen).toMatchObject({ status: 'running', handle: record.handle });
      }
      await eventually('it is told', () => here.log().split('4 applications brought back').length === round + 1);
    }
    expect(here.log()).toMatch(/api: is back in jvm\.default/);
  });

  it('are told to come back while they are on their way', async () => {
    const slow: Spec = { ...lively(jdk), restart: { policy: 'always', delay: 2.5, maxDelay: 2.5 } };
    await here.up(slow);
    const record = await here.run(target('a'));
    await here.killHost();
    const seen = await eventually('it is down', async () => {
      const now = await here.read(record);
      return now.status === 'dead' ? now : undefined;
    });
    expect(seen.restarting).toBe(true);
    await back(['a']);
    expect((await here.read(record)).status).toBe('running');
  });

  it('come back by a new agent when both were killed', async () => {
    await here.up(lively(jdk));
    for (const [id, after] of [
      ['db', []],
      ['api', ['db']],
      ['web', ['api']],
    ] as const)
      await here.run(target(id, [...after]));
    await here.started(3);
    await here.killAgent();
    await here.killHost();
    expect(await here.revive()).toEqual(['jvm.default@1']);
    await back(['api', 'db', 'web']);
    expect(await here.started(3)).toEqual(['db', 'api', 'web']);
  });

  it('come back when the agent was killed first, and are left alone while the host lives', async () => {
    await here.up(lively(jdk));
    await here.run(target('db'));
    await here.run(target('api', ['db']));
    await here.started(2);
    await here.killAgent();
    await here.revive();
    await sleep(500);
    expect(await here.started(0)).toEqual([]);
    await here.killHost();
    await back(['api', 'db']);
    expect(await here.started(2)).toEqual(['db', 'api']);
  });

  it('come back when the agent is killed in the middle of it', async () => {
    await here.up(lively(jdk));
    const ids = Array.from({ length: 8 }, (_, i) => `a${i}`);
    for (const [i, id] of ids.entries()) await here.run(target(id, i === 0 ? [] : [`a${i - 1}`]));
    await here.started(8);
    await here.killHost();
    await eventually('some are back', async () => (await running()).length >= 2, 60_000);
    await here.killAgent();
    await here.revive();
    await back(ids);
    // None was started twice, whoever did it.
    expect(await here.started(8)).toEqual(ids);
  });

  it('of which one is to be stopped, and one was done, stay as they are', async () => {
    await here.up(lively(jdk));
    const stopped = target('stopped');
    const record = await here.run(stopped);
    await here.apps().stop({ ...stopped, handle: record.handle }, here.context);
    const job = await here.run(target('job', [], here.spec('job', ['once'], { java: { type: 'job' } })));
    await here.run(target('web', ['job', 'stopped']));
    await eventually('the job was seen to be done', () => {
      const { entries } = openRegistry(here.dir).loadTenants();
      return entries.some(({ identity, phase }) => identity.id === 'job' && phase === 'completed');
    });
    await here.started(3);
    await here.killHost();
    await back(['web']);
    await sleep(300);
    expect(await here.started(1)).toEqual(['web']);
    expect((await here.read(job)).status).toBe('completed');
    expect((await here.read(record)).status).toBe('stopped');
  });

  it('come back into each of several hosts, in one order across them', async () => {
    await here.up(lively(jdk));
    await here.up(lively(jdk), 'jvm.two');
    await here.run(target('db'));
    const inTwo = here.spec('api', [], { java: { host: 'jvm.two' } });
    await here.run(here.target('api', inTwo, { after: ['jvm.two', 'db'] }));
    await here.run(target('web', ['api']));
    await here.started(3);
    await here.killAgent();
    await Promise.all([here.killHost(), here.killHost('jvm.two')]);
    await here.revive();
    await Promise.all([back(['db', 'web']), back(['api'], 'jvm.two')]);
    expect(await here.started(3)).toEqual(['db', 'api', 'web']);
    // One host alone: what depends on it in the other one runs on.
    await here.killHost('jvm.two');
    await back(['api'], 'jvm.two');
    expect(await here.started(1)).toEqual(['api']);
  });

  it('of which one cannot come back take nobody with them', async () => {
    await here.up(lively(jdk));
    const jar = join(here.dir, 'lib');
    cpSync(program.classes, jar, { recursive: true });
    const broken = here.spec('broken', [], {
      restart: { policy: 'no' },
      java: { classpath: [jar] },
    });
    const record = await here.run(target('broken', [], broken));
    await here.run(target('after', ['broken']));
    await here.run(target('other'));
    await here.started(3);
    rmSync(jar, { recursive: true });
    await here.killHost();
    await back(['after', 'other']);
    const seen = await here.read(record);
    expect(seen).toMatchObject({ status: 'dead', detail: expect.stringContaining('the class path of broken') });
    expect(seen.restarting).toBeUndefined();
    expect(here.log()).toMatch(/broken: is not brought back into jvm\.default: the class path of broken/);
    expect(here.log()).toMatch(/after is started though broken does not run/);
  });

  it('are tried again by their policy, and those that come after wait a while', async () => {
    await here.up(lively(jdk));
    const lib = join(here.dir, 'lib');
    cpSync(program.classes, lib, { recursive: true });
    await here.run(target('late', [], here.spec('late', [], { java: { classpath: [lib] } })));
    await here.run(target('after', ['late']));
    await here.started(2);
    rmSync(lib, { recursive: true });
    await here.killHost();
    await eventually('it was tried', () => /late: .*is tried again/.test(here.log()), 60_000);
    expect(await running()).toEqual([]);
    cpSync(program.classes, lib, { recursive: true });
    await back(['after', 'late']);
    expect(await here.started(2)).toEqual(['late', 'after']);
  });

  it('whose main throws are their host’s business: it tries them again', async () => {
    await here.up(lively(jdk));
    await here.run(target('a', [], here.spec('a', ['unless-marked'])));
    writeFileSync(join(here.dir, 'mark'), '');
    await here.killHost();
    await eventually(
      'it fails',
      async () => (await here.appsIn()).some(({ lastExit }) => lastExit?.code === 1),
      60_000,
    );
    rmSync(join(here.dir, 'mark'));
    await back(['a']);
  });

  it('started by pj at the same time run once', async () => {
    await here.up(lively(jdk));
    const ids = ['a', 'b', 'c', 'd'];
    const records = new Map<string, Awaited<ReturnType<typeof here.run>>>();
    for (const id of ids) records.set(id, await here.run(target(id)));
    await here.started(4);
    const before = here.hostPid();
    await here.killHost();
    await eventually('another one', () => here.hostPid() !== before && here.hostPid() !== undefined);
    await Promise.all(
      ids.map((id) => here.apps().start({ ...target(id), handle: records.get(id)?.handle ?? null }, here.context)),
    );
    await back(ids);
    await sleep(500);
    const apps = await here.appsIn();
    expect(apps.map(({ id, phase }) => [id, phase])).toEqual(ids.map((id) => [id, 'running']));
    for (const record of records.values()) expect((await here.read(record)).status).toBe('running');
  });

  it('that were released run on, and do not come back', async () => {
    await here.up(lively(jdk));
    const one = target('a');
    const record = await here.run(one);
    const unwatched = await here.run(target('b'));
    await here.run(target('c'));
    await here.apps().release?.({ ...one, handle: record.handle }, here.context);
    await here.killAgent();
    await here.apps().release?.({ ...target('b'), handle: unwatched.handle }, here.context);
    expect(here.agentPid()).toBeUndefined();
    expect(await running()).toEqual(['a', 'b', 'c']);
    expect(here.entries()).toEqual(['c@1.tenant']);
    await here.revive();
    await here.killHost();
    await back(['c']);
    await sleep(300);
    expect(await running()).toEqual(['c']);
  });

  it('keep their data when their host is destroyed, until they are themselves', async () => {
    await here.up(lively(jdk));
    const spec = here.spec('a', [], {
      volumes: [
        { name: 'tmp', path: 'tmp', type: 'ephemeral' },
        { name: 'data', path: 'data', type: 'persistent' },
      ],
    });
    await here.run(target('a', [], spec));
    const [ephemeral, persistent] = ['a@1/tmp', 'a/data'].map((name) => join(here.dir, '.pj/volumes', name));
    expect([existsSync(String(ephemeral)), existsSync(String(persistent))]).toEqual([true, true]);
    await here.hosts().destroy(here.target(HOST, lively(jdk)), { destroyVolumes: true }, here.context);
    expect([existsSync(String(ephemeral)), existsSync(String(persistent))]).toEqual([true, true]);
    expect(here.cgroups()).toEqual([]);
    await here.apps().destroy(target('a', [], spec), { destroyVolumes: false }, here.context);
    expect(here.entries()).toEqual([]);
    expect([existsSync(String(ephemeral)), existsSync(String(persistent))]).toEqual([false, true]);
  });
});
