import { appendFileSync, cpSync, existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantCall } from '../../src/agent/calls.ts';
import { ensureAgent } from '../../src/agent/ensure.ts';
import { openRegistry } from '../../src/agent/registry.ts';
import { detectCgroups, openCgroup } from '../../src/os/cgroup.ts';
import { tenantsWithoutAgent } from '../../src/providers/agent/look.ts';
import { jdks } from '../providers/java/fixtures.ts';
import { HOST, hostBuilt } from '../providers/jvm/ground.ts';
import { buildAgent, eventually } from './ground.ts';
import { keptProgram, lively, type TenantGround, tenantGround } from './tenants-ground.ts';

const [jdk] = hostBuilt ? jdks() : [];

describe.skipIf(jdk === undefined)('tenants in care', { timeout: 180_000 }, () => {
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

  const connect = async () => {
    const options = { project: here.dir, env: here.env, version: '0.0.0-test', agentEntry: agent.entry };
    return (await ensureAgent(options)).client;
  };
  const callOf = (id: string, more: Partial<TenantCall> = {}): TenantCall => {
    const { identity, spec, specDigest } = here.target(id, here.spec(id));
    return {
      identity,
      spec,
      stored: spec,
      specDigest,
      base: {},
      inside: { id: HOST },
      after: [],
      wanted: 'stopped',
      ...more,
    };
  };

  it('are told with what is theirs, with an agent and without', async () => {
    const client = await connect();
    const spec = here.spec('a', [], {
      volumes: [
        { name: 'data', path: 'data', type: 'persistent', size: 4096 },
        { name: 'tmp', path: 'tmp', type: 'ephemeral' },
      ],
    });
    const kept = await client.call('keepTenant', callOf('a', { spec, stored: spec }));
    const volumes = join(here.dir, '.pj/volumes');
    expect(kept).toMatchObject({
      entry: {
        phase: 'created',
        wanted: 'stopped',
        process: null,
        inside: { id: HOST, dropping: false, instance: null },
      },
      returning: false,
      watched: true,
      logs: { out: join(here.dir, '.pj/logs/a.out.log'), err: join(here.dir, '.pj/logs/a.err.log') },
      volumes: [
        { name: 'data', path: join(volumes, 'a/data'), size: 4096 },
        { name: 'tmp', path: join(volumes, 'a@1/tmp'), size: null },
      ],
    });
    expect(kept.volumes.map(({ path }) => existsSync(path))).toEqual([true, true]);
    expect(statSync(join(here.dir, '.pj/agent/a@1.tenant')).mode & 0o777).toBe(0o600);
    expect(await client.call('lookTenants', { ids: ['a', 'b'] })).toEqual([kept]);
    expect(await client.call('lookTenants', { ids: ['b'] })).toEqual([]);
    // It is no process: nobody who looks for those meets it.
    expect(await client.call('look', {})).toEqual([]);
    client.close();
    await here.killAgent();
    expect(tenantsWithoutAgent(here.dir)).toEqual([{ ...kept, watched: false }]);
  });

  it('are the same when they are kept once more; a start has a name', async () => {
    const client = await connect();
    const first = await client.call('keepTenant', callOf('a'));
    const again = await client.call('keepTenant', callOf('a', { instance: first.entry.instance }));
    expect(again.entry).toMatchObject({ instance: first.entry.instance, phase: 'created' });
    const started = await client.call('keepTenant', callOf('a', { wanted: 'running', run: 'one' }));
    expect(started.entry).toMatchObject({ phase: 'running', wanted: 'running', run: 'one' });
    const kept = await client.call('keepTenant', callOf('a', { wanted: 'running' }));
    expect(kept.entry).toMatchObject({ run: 'one', startedAt: started.entry.startedAt });
    const stopped = await client.call('keepTenant', callOf('a'));
    expect(stopped.entry).toMatchObject({ phase: 'stopped', wanted: 'stopped', run: 'one' });
    client.close();
  });

  it('are dropped in two calls, of which the second suffices and may be made twice', async () => {
    const client = await connect();
    const { identity } = callOf('a');
    await client.call('keepTenant', callOf('a', { wanted: 'running' }));
    const out = await client.call('dropTenant', { identity, destroyVolumes: true });
    expect(out?.entry).toMatchObject({ phase: 'stopping', wanted: 'stopped', inside: { dropping: true } });
    expect(out?.returning).toBe(false);
    expect(here.entries()).toEqual(['a@1.tenant']);
    expect(await client.call('dropTenant', { identity, destroyVolumes: true, done: true })).not.toBeNull();
    expect(here.entries()).toEqual([]);
    expect(await client.call('dropTenant', { identity, destroyVolumes: true, done: true })).toBeNull();
    await client.call('keepTenant', callOf('a'));
    await client.call('dropTenant', { identity, destroyVolumes: true, done: true });
    expect([here.entries(), await client.call('lookTenants', {})]).toEqual([[], []]);
    client.close();
  });

  it('of another state are neither seen nor touched', async () => {
    const client = await connect();
    const mine = await client.call('keepTenant', callOf('a'));
    const foreign = { ...mine.entry.identity, lineage: 'another' };
    await expect(client.call('keepTenant', callOf('a', { identity: foreign }))).rejects.toMatchObject({
      code: 'PJ5301',
    });
    expect(await client.call('dropTenant', { identity: foreign, destroyVolumes: true, done: true })).toBeNull();
    expect(await client.call('releaseTenant', { identity: foreign })).toEqual({ released: false });
    expect(here.entries()).toEqual(['a@1.tenant']);
    client.close();
  });

  it('are refused where the call does not say what it should', async () => {
    const client = await connect();
    const good = callOf('a');
    const bad: Partial<Record<keyof TenantCall, unknown>>[] = [
      { identity: { ...good.identity, id: '../a' } },
      { spec: undefined },
      { inside: undefined },
      { inside: {} },
      { after: ['b', 1] },
      { wanted: 'maybe' },
      { specDigest: undefined },
    ];
    for (const more of bad)
      await expect(client.call('keepTenant', { ...good, ...more } as TenantCall)).rejects.toMatchObject({
        code: 'PJ5210',
      });
    for (const method of ['dropTenant', 'releaseTenant'] as const)
      await expect(
        client.call(method, { identity: { ...good.identity, id: 'a/b' }, destroyVolumes: false }),
      ).rejects.toMatchObject({ code: 'PJ5210' });
    expect(existsSync(join(here.dir, '.pj/agent'))).toBe(true);
    expect(here.entries()).toEqual([]);
    client.close();
  });

  it('write no value that nobody has told to be harmless', async () => {
    const client = await connect();
    const spec = here.spec('a', ['canary-argument'], { properties: { token: 'canary-property' } });
    const { stored: _, ...call } = callOf('a', { spec, wanted: 'running' });
    await client.call('keepTenant', call);
    expect([here.holding('canary-argument'), here.holding('canary-property')]).toEqual([[], []]);
    client.close();
  });

  it('whose file is broken are left alone and told', async () => {
    const client = await connect();
    await client.call('keepTenant', callOf('a'));
    await client.call('keepTenant', callOf('b'));
    client.close();
    await here.killAgent();
    writeFileSync(join(here.dir, '.pj/agent/a@1.tenant'), '{"version":1}');
    // A line that was cut off: the one before it counts.
    appendFileSync(join(here.dir, '.pj/agent/b@1.tenant'), '\n{"version":1,"iden');
    const next = await connect();
    expect((await next.call('lookTenants', {})).map(({ entry }) => entry.identity.id)).toEqual(['b']);
    expect(here.log()).toMatch(/a@1\.tenant cannot be read and is left alone/);
    next.close();
  });

  it('that are renamed, and whose host is, run on and come back under the new name', async () => {
    await here.up(lively(jdk));
    const spec = here.spec('old', [], { volumes: [{ name: 'data', path: 'data', type: 'persistent' }] });
    const target = here.target('old', spec, { after: [HOST] });
    const record = await here.run(target);
    await here.started(1);
    writeFileSync(join(here.dir, '.pj/volumes/old/data/file'), '');
    const client = await connect();
    const hostEntry = openRegistry(here.dir)
      .load()
      .entries.find(({ identity }) => identity.id === HOST);
    if (hostEntry === undefined) throw new Error('no host');
    await client.call('update', {
      identity: here.identity('jvm.new'),
      instance: hostEntry.instance,
      spec: hostEntry.spec,
      stored: hostEntry.spec,
      specDigest: hostEntry.specDigest,
      base: hostEntry.base,
    });
    // The host alone has its new name here: whoever looks for it finds it.
    const [told] = await client.call('lookTenants', {});
    expect(told?.entry.inside).toMatchObject({ id: 'jvm.new', instance: hostEntry.instance });
    expect((await here.read(record)).status).toBe('running');
    const instance = String((record.handle as { instance: string }).instance);
    const renamed = await client.call(
      'keepTenant',
      callOf('new', {
        spec,
        stored: spec,
        instance,
        specDigest: target.specDigest,
        wanted: 'running',
        inside: { id: 'jvm.new' },
      }),
    );
    expect(renamed.entry).toMatchObject({ identity: { id: 'new' }, home: { id: 'old' }, instance, phase: 'running' });
    expect(here.entries()).toEqual(['new@1.tenant']);
    expect((await here.appsIn('jvm.new')).map(({ key, phase }) => [key, phase])).toEqual([['old@1', 'running']]);
    await here.killHost('jvm.new');
    await here.started(1);
    const apps = await here.appsIn('jvm.new');
    expect(apps.map(({ key, instance: which }) => [key, which])).toEqual([['new@1', instance]]);
    expect(existsSync(join(here.dir, '.pj/volumes/new/data/file'))).toBe(true);
    expect(existsSync(join(here.dir, '.pj/logs/new.out.log'))).toBe(true);
    client.close();
  });

  it('of a folder that was copied stay with the folder that they came from', async () => {
    await here.up(lively(jdk));
    await here.run(here.target('a', here.spec('a'), { after: [HOST] }));
    const copy = `${here.dir}-copy`;
    cpSync(here.dir, copy, { recursive: true });
    expect(tenantsWithoutAgent(copy)).toEqual([]);
    expect(tenantsWithoutAgent(here.dir)).toHaveLength(1);
    renameSync(copy, `${copy}-2`);
    expect(tenantsWithoutAgent(`${copy}-2`)).toEqual([]);
  });

  it('have their logs rotated', async () => {
    await here.up(lively(jdk));
    await here.run(here.target('a', here.spec('a'), { after: [HOST] }));
    await here.started(1);
    const log = join(here.dir, '.pj/logs/a.out.log');
    await eventually('it has written', () => statSync(log, { throwIfNoEntry: false })?.size);
    appendFileSync(log, `${'x'.repeat(1023)}\n`.repeat(11 * 1024));
    await eventually('it is rotated', () => statSync(log).size < 1024 * 1024, 60_000);
    expect(readdirSync(join(here.dir, '.pj/logs')).filter((name) => /^a\.out\.log\.\d/.test(name))).toHaveLength(1);
  });

  it('leave no group of the kernel behind when their host is killed and given up', async () => {
    const spec = lively(jdk);
    await here.up({ ...spec, restart: { policy: 'no' } });
    const limited = here.spec('a', [], { resources: { cpu: 0.5, maxThreads: 20 } });
    await here.run(here.target('a', limited, { after: [HOST] }));
    const { home } = openRegistry(here.dir).load().entries[0] ?? {};
    if (home === undefined) throw new Error('no host');
    const host = detectCgroups();
    const name = ['pj', home.lineage, `${HOST}@1+${home.place}`];
    if (host.writable) expect(openCgroup(host, name).pids()).toEqual([here.hostPid()]);
    // What the JVM itself has made for the threads of its application.
    const base = host.version === 'v2' ? host.unified : host.v1.cpu;
    if (base !== undefined && host.controllers.has('cpu')) {
      const folder = join(base, 'pj', home.lineage);
      expect(readdirSync(folder, { recursive: true })).toContainEqual(expect.stringMatching(/\/app-a@1$/));
    }
    await here.killAgent();
    await here.killHost();
    await sleep(100);
    await here.revive();
    await eventually('its groups are gone', () => here.cgroups().length === 0);
    await eventually('it is told', () => here.log().includes(`${HOST}: ended`));
  });
});
