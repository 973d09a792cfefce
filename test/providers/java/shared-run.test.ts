import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostClient } from '../../../src/jvm/client.ts';
import type { Observed } from '../../../src/model/observed.ts';
import type { WorkloadRecord } from '../../../src/model/record.ts';
import type { Spec } from '../../../src/model/spec.ts';
import { readCmdline, readStat } from '../../../src/os/process.ts';
import type { Made, Provider } from '../../../src/providers/contract.ts';
import { buildAgent, eventually, killNow, logOf } from '../../agent/ground.ts';
import { HOST, type HostGround, hostBuilt, hostGround, hostSpec, workload } from '../jvm/ground.ts';
import { inHost, type Programs, programs } from '../jvm/programs.ts';
import { jdks } from './fixtures.ts';

const [jdk] = hostBuilt ? jdks() : [];

describe.skipIf(jdk === undefined)('applications in a host JVM', { timeout: 180_000 }, () => {
  if (jdk === undefined) return;
  let agent: Awaited<ReturnType<typeof buildAgent>>;
  let made: Programs;
  let here: HostGround;
  let apps: Provider;
  let pid: number;
  beforeAll(async () => {
    agent = await buildAgent();
    made = programs(jdk);
  });
  afterAll(() => {
    rmSync(agent.dir, { recursive: true, force: true });
    made?.clear();
  });
  beforeEach(async () => {
    here = hostGround(agent.entry, jdk);
    ({ pid } = await here.up());
    apps = here.apps();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await here.clear();
  });

  const recordOf = (id: string, spec: Spec, one: Made): WorkloadRecord => ({
    ...here.record(id, spec, one),
    kind: 'java',
    provider: 'java',
  });
  const run = async (id: string, spec: Spec): Promise<WorkloadRecord> => {
    const created = await apps.create(here.target(id, spec), here.context);
    const started = await apps.start(here.target(id, spec, { handle: created.handle }), here.context);
    return recordOf(id, spec, started);
  };
  const read = async (record: WorkloadRecord): Promise<Observed> => {
    const [seen] = await here.apps().read([record], here.context);
    if (seen === undefined) throw new Error('nothing was read');
    return seen;
  };
  const socketOf = (): string => {
    const words = readCmdline(pid);
    return words[words.indexOf('--socket') + 1] ?? '';
  };
  const dead = (): Promise<unknown> => eventually('it is dead', () => [undefined, 'Z'].includes(readStat(pid)?.state));

  it('is read, a hundred of them, in one round trip', async () => {
    const specs = Array.from({ length: 5 }, () => inHost(made, ['wait']));
    const there = await Promise.all(specs.map((spec, i) => run(`app${i}`, spec)));
    const [first] = there;
    if (first === undefined) throw new Error('none');
    const others = Array.from({ length: 95 }, (_, i) => ({ ...first, id: `other${i}`, handle: null }));
    const called = vi.spyOn(HostClient.prototype, 'call');
    const host = here.record(HOST, hostSpec(jdk), { handle: {}, attributes: {} });
    const [seen] = await Promise.all([
      here.apps().read([...there, ...others], here.context),
      here.hosts().read([host], here.context),
    ]);
    expect(seen.map(({ status }) => status)).toEqual([...there.map(() => 'running'), ...others.map(() => 'gone')]);
    expect(called.mock.calls.map(([method]) => method)).toEqual(['list']);
  });

  it('has properties, volumes and logs of its own', async () => {
    const one = inHost(made, ['property=who', 'write=text', 'wait'], {
      properties: { who: 'one' },
      volumes: [{ name: 'data', path: 'd', type: 'persistent' }],
    });
    const record = await run('one', one);
    await run('two', inHost(made, ['property=who', 'wait'], { properties: { who: 'two' } }));
    await eventually(
      'both spoke',
      () => /who is two/.test(logOf(here.dir, 'two')) && /who is one/.test(logOf(here.dir, 'one')),
    );
    expect(logOf(here.dir, 'one')).not.toContain('two');
    const file = join(here.dir, '.pj/volumes/one/data/file');
    await eventually('it wrote', () => existsSync(file) && readFileSync(file, 'utf8') === 'text');
    const target = here.target('one', one, { handle: record.handle });
    await apps.stop(target, here.context);
    expect(logOf(here.dir, 'one')).toContain('hook ran');
    await apps.destroy(target, { destroyVolumes: false }, here.context);
    expect(existsSync(file)).toBe(true);
    const again = await run('one', one);
    await apps.destroy({ ...target, handle: again.handle }, { destroyVolumes: true }, here.context);
    expect(existsSync(file)).toBe(false);
  });

  it('says how it ended: well, with a code, by what main threw', async () => {
    const exits = await run('exits', inHost(made, ['exit=7']));
    const throws = await run('throws', inHost(made, ['throw=no luck']));
    const job = await run('job', inHost(made, [], { java: { type: 'job' } }));
    const again = await run(
      'again',
      inHost(made, ['exit=3'], { restart: { policy: 'always', delay: 20, maxDelay: 20 } }),
    );
    await expect.poll(async () => (await read(exits)).status, { timeout: 30_000 }).toBe('dead');
    expect((await read(exits)).detail).toContain('exited 7');
    await expect.poll(async () => (await read(throws)).status, { timeout: 30_000 }).toBe('dead');
    expect((await read(throws)).detail).toMatch(/IllegalStateException: no luck/);
    await expect.poll(async () => (await read(job)).status, { timeout: 30_000 }).toBe('completed');
    await expect.poll(async () => (await read(again)).restarting, { timeout: 30_000 }).toBe(true);
    expect(await read(again)).toMatchObject({
      status: 'dead',
      detail: expect.stringMatching(/exited 3; its JVM starts it again at .* \(restart 1 of 5\)/),
    });
    // None of them took the JVM with it.
    expect(readStat(pid)).toBeDefined();
  });

  it('is not made of a class path that is not there, and does not start without its main class', async () => {
    const gone = inHost(made, [], { java: { classpath: ['gone.jar'] } });
    await expect(apps.create(here.target('a', gone), here.context)).rejects.toMatchObject({ code: 'PJ5608' });
    expect(await apps.find(here.identity('a'), here.context)).toBeUndefined();
    const none = inHost(made, [], { java: { mainClass: 'app.Nowhere' } });
    const created = await apps.create(here.target('b', none), here.context);
    await expect(apps.start(here.target('b', none, { handle: created.handle }), here.context)).rejects.toMatchObject({
      code: 'PJ5604',
      message: expect.stringMatching(/b did not start in the JVM jvm.default: .*app.Nowhere/),
    });
    const seen = await read(recordOf('b', none, created));
    expect(seen).toMatchObject({ status: 'dead', detail: expect.stringContaining('app.Nowhere') });
    const mended = inHost(made, ['wait']);
    const target = here.target('b', mended, { handle: created.handle });
    expect((await read(recordOf('b', mended, await apps.start(target, here.context)))).status).toBe('running');
  });

  it('takes a changed jar for drift, and takes it up beside the old one where it is reloadable', async () => {
    const jar = join(here.dir, 'app.jar');
    made.pack(jar, 'first');
    const spec = inHost(made, ['wait'], { java: { classpath: ['app.jar'], reloadable: true } });
    const record = await run('web', spec);
    expect((await read(record)).fields).toEqual({});
    made.pack(jar, 'second');
    const drifted = await read(record);
    expect(drifted.fields).toEqual({ '/java/classpath': 'app.jar (changed on disk since it was started)' });
    expect(apps.classify('/java/classpath', undefined, undefined, record, spec).updateClass).toBe('live');
    const target = here.target('web', spec, { handle: record.handle });
    const reloaded = recordOf('web', spec, await apps.update(target, ['/java/classpath'], here.context));
    expect(logOf(here.dir, 'web')).toMatch(/first wait\n(.*\n)*second wait/);
    expect(await read(reloaded)).toMatchObject({ status: 'running', fields: {}, handle: reloaded.handle });
    // One that does not start leaves the old one as it is.
    const broken = { ...spec, java: { ...spec.java, mainClass: 'app.Nowhere' } };
    const wrong = here.target('web', broken, { handle: reloaded.handle });
    await expect(apps.update(wrong, ['/java/mainClass'], here.context)).rejects.toMatchObject({ code: 'PJ5604' });
    expect(await read(reloaded)).toMatchObject({ status: 'running', handle: reloaded.handle });
    rmSync(jar);
    expect((await read(reloaded)).detail).toContain('app.jar is not there since it was started');
  });

  it('says which threads do not end, and that they are still there', async () => {
    const spec = inHost(made, ['stubborn=6000'], { stop: { gracePeriod: 0.3 } });
    const record = await run('stubborn', spec);
    const target = here.target('stubborn', spec, { handle: record.handle });
    await expect(apps.stop(target, here.context)).rejects.toMatchObject({
      code: 'PJ5605',
      message: expect.stringMatching(/stubborn does not end in the JVM jvm.default: main/),
    });
    expect(await read(record)).toMatchObject({
      status: 'running',
      detail: expect.stringMatching(/being stopped; threads remain/),
    });
    await expect.poll(async () => (await read(record)).status, { timeout: 60_000 }).toBe('stopped');
    await apps.stop(target, here.context);
  });

  it('tells of a loader that was leaked, of the application that is gone too', async () => {
    const spec = inHost(made, ['leak', 'wait'], { stop: { gracePeriod: 0.3 } });
    const record = await run('leaky', spec);
    const said: string[] = [];
    const target = here.target('leaky', spec, { handle: record.handle });
    const context = { ...here.context, progress: (text: string) => void said.push(text) };
    await apps.destroy(target, { destroyVolumes: true }, context);
    expect(said.join('\n')).toMatch(/its loader leaked \(held by .*never-ends/);
    expect(await read(record)).toMatchObject({ status: 'gone' });
    const [host] = await here
      .hosts()
      .read([here.record(HOST, hostSpec(jdk), { handle: {}, attributes: {} })], here.context);
    expect(host?.detail).toMatch(/leaky@1 leaked its loader \(held by .*never-ends/);
  });

  it('is not destroyed, nor its data, while a thread of it does not end', async () => {
    const volumes = [{ name: 'tmp', path: 'tmp', type: 'ephemeral' as const }];
    const spec = inHost(made, ['deaf', 'wait'], { stop: { gracePeriod: 0.3 }, volumes });
    const record = await run('deaf', spec);
    const target = here.target('deaf', spec, { handle: record.handle });
    await expect(apps.destroy(target, { destroyVolumes: true }, here.context)).rejects.toMatchObject({
      code: 'PJ5605',
      message: expect.stringContaining('never-ends'),
    });
    expect(existsSync(join(here.dir, '.pj/volumes/deaf@1/tmp'))).toBe(true);
  });

  it('belongs to one state: another one’s application does not come into its JVM', async () => {
    const theirs = { ...here.identity('theirs'), lineage: 'f00d0000-0000-4000-8000-000000000000' };
    const target = here.target('theirs', inHost(made, ['wait']), { identity: theirs });
    await expect(apps.create(target, here.context)).rejects.toMatchObject({ code: 'PJ5607' });
  });

  it('is dead when its JVM is, in the middle of a call too, and can then be destroyed', async () => {
    const record = await run('web', inHost(made, ['wait']));
    const slow = inHost(made, ['stubborn=60000'], { stop: { gracePeriod: 30 } });
    const other = await run('slow', slow);
    const stopping = apps.stop(here.target('slow', slow, { handle: other.handle }), here.context);
    await sleep(300);
    killNow(pid);
    await dead();
    // What was to end has ended.
    await stopping;
    expect(await read(record)).toMatchObject({
      status: 'dead',
      detail: `its JVM ${HOST} does not run`,
      handle: record.handle,
    });
    expect((await read(other)).status).toBe('stopped');
    const target = here.target('web', record.spec, { handle: record.handle });
    await expect(apps.start(target, here.context)).rejects.toMatchObject({
      code: 'PJ5603',
      message: `the JVM ${HOST} does not answer: it does not run`,
    });
    await apps.stop(target, here.context);
    await apps.destroy(target, { destroyVolumes: true }, here.context);
    expect((await read(record)).status).toBe('gone');
  });

  it('comes back with its JVM, and that is no drift; what was stopped stays so', async () => {
    const spec = hostSpec(jdk, { restart: { policy: 'always', delay: 2.5, maxDelay: 2.5 } });
    await here.hosts().update(here.target(HOST, spec), ['/restart'], here.context);
    const web = await run('web', inHost(made, ['wait']));
    const off = await run('off', inHost(made, ['wait']));
    await apps.stop(here.target('off', off.spec, { handle: off.handle }), here.context);
    killNow(pid);
    await dead();
    expect(await read(web)).toMatchObject({
      status: 'dead',
      restarting: true,
      detail: `its JVM ${HOST} does not run; it is brought back with it`,
    });
    await expect.poll(async () => (await read(web)).status, { timeout: 60_000 }).toBe('running');
    expect(await read(web)).toMatchObject({ handle: web.handle, fields: {} });
    expect((await read(off)).status).toBe('stopped');
  });

  it('cannot be reached where the socket of its JVM is gone or something else stands there, and that is told', async () => {
    const record = await run('web', inHost(made, ['wait']));
    const socket = socketOf();
    rmSync(socket);
    const target = here.target('web', record.spec, { handle: record.handle });
    for (const [put, why] of [
      [() => undefined, /is not there/],
      [() => writeFileSync(socket, 'a stranger’s'), /something else stands at/],
    ] as const) {
      put();
      // Whoever is connected already notices nothing; a new run of pj does.
      await here.disconnect();
      expect(await read(record)).toMatchObject({ status: 'running', detail: expect.stringMatching(why) });
      await expect(here.apps().stop(target, here.context)).rejects.toMatchObject({
        code: 'PJ5603',
        message: expect.stringMatching(why),
      });
    }
    expect(readFileSync(socket, 'utf8')).toBe('a stranger’s');
    killNow(pid);
    await dead();
    // Nor is that file overwritten by the next start.
    await expect(here.up()).rejects.toMatchObject({
      code: 'PJ5603',
      message: expect.stringMatching(/something else stands at/),
    });
    rmSync(socket);
    mkdirSync(dirname(socket), { recursive: true });
    await here.up();
  });

  it('is found in its JVM where nobody keeps it, and removed', async () => {
    const spec = inHost(made, ['wait']);
    const record = await run('web', spec);
    const target = here.target('web', spec, { handle: record.handle });
    const other = await run('other', spec);
    const unwatched = await eventually('an agent', () => here.agentPid());
    await here.disconnect();
    killNow(unwatched);
    await eventually('it is dead', () => here.agentPid() === undefined);
    apps = here.apps();
    await Promise.all([
      apps.release?.(target, here.context),
      apps.release?.(here.target('other', spec, { handle: other.handle }), here.context),
    ]);
    expect(here.agentPid()).toBeUndefined();
    const found = await here.apps().find(here.identity('web'), here.context);
    expect(found).toMatchObject({ whole: false, status: 'running' });
    const listed = await here.apps().list({ project: 'test', lineage: here.lineage }, here.context);
    expect(listed.map(({ identity, found: one }) => [identity.id, one.whole])).toEqual([
      ['other', false],
      ['web', false],
    ]);
    await apps.destroy({ ...target, handle: null }, { destroyVolumes: true }, here.context);
    expect(await here.apps().find(here.identity('web'), here.context)).toBeUndefined();
  });

  it('tells threads, classes and cores of each', async () => {
    const busy = await run('busy', inHost(made, ['spin']));
    const idle = await run('idle', inHost(made, ['wait']));
    const usage = await here.apps().sample?.([busy, idle], here.context);
    expect(usage?.map(({ id }) => id)).toEqual(['busy', 'idle']);
    // How much a spinning thread gets is the machine's business.
    expect(usage?.[0]?.cpu).toBeGreaterThan(0.02);
    expect(usage?.[1]?.cpu).toBeLessThan(usage?.[0]?.cpu ?? 0);
    expect(usage?.[1]?.threads).toBeGreaterThanOrEqual(1);
    expect(usage?.[1]?.classes).toBeGreaterThanOrEqual(1);
  });

  it('finds nothing wrong where nothing is', async () => {
    const spec = inHost(made, ['wait']);
    const all = [workload('web', 'java', spec), workload(HOST, 'jvm', hostSpec(jdk))];
    expect([...(await apps.check([workload('web', 'java', spec)], here.context, null, all))]).toEqual([]);
  });
});
