import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reviveAgent, stopAgent } from '../../src/agent/control.ts';
import { ensureAgent } from '../../src/agent/ensure.ts';
import type { Spec } from '../../src/model/spec.ts';
import { type Care, openCare } from '../../src/providers/agent/care.ts';
import { sharedRuntime } from '../../src/providers/java/shared/index.ts';
import { jdks } from '../providers/java/fixtures.ts';
import { HOST, hostBuilt } from '../providers/jvm/ground.ts';
import { buildAgent, eventually } from './ground.ts';
import { keptProgram, lively, type TenantGround, tenantGround } from './tenants-ground.ts';

const [jdk] = hostBuilt ? jdks() : [];

describe.skipIf(jdk === undefined)(
  'applications that come back while something else happens',
  { timeout: 180_000 },
  () => {
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
    const running = async () =>
      (await here.appsIn())
        .filter(({ phase }) => phase === 'running')
        .map(({ id }) => id)
        .sort();
    const back = (ids: string[]) =>
      eventually(`${ids} run`, async () => JSON.stringify(await running()) === JSON.stringify(ids), 60_000);
    const options = (dir: string) => ({ project: dir, env: here.env, version: '0.0.0-test', agentEntry: agent.entry });

    it('are tried again where main could not be entered, by the same agent and by the next', async () => {
      await here.up(lively(jdk));
      const lib = join(here.dir, 'lib');
      cpSync(program.classes, lib, { recursive: true });
      const record = await here.run(target('late', [], here.spec('late', [], { java: { classpath: [lib] } })));
      await here.started(1);
      const file = join(lib, 'kept/Main.class');
      const bytes = readFileSync(file);
      for (const killed of [false, true]) {
        rmSync(file);
        const before = here.log().length;
        const tries = () =>
          here
            .log()
            .slice(before)
            .split(/late: late did not start.*kept\.Main.*; is tried again/).length;
        await here.killHost();
        await eventually('it was tried twice', () => tries() > 2, 60_000);
        expect(here.log().slice(before)).not.toMatch(/late: is back/);
        if (killed) {
          await here.killAgent();
          await here.revive();
        }
        writeFileSync(file, bytes);
        await back(['late']);
        expect(await here.read(record)).toMatchObject({ status: 'running', handle: record.handle });
        expect(await here.started(1)).toEqual(['late']);
      }
    });

    it('are waited for until they are done, where others come after a job', async () => {
      await here.up(lively(jdk));
      await here.run(target('job', [], here.spec('job', ['for', '4000'], { java: { type: 'job' } })));
      await here.run(target('web', ['job']));
      await here.started(2);
      const before = here.hostPid();
      await here.killHost();
      await eventually('another one', () => here.hostPid() !== before && here.hostPid() !== undefined);
      // One look: the job may be done by the next one.
      const seen = await eventually('the job runs', async () => {
        const now = await running();
        return now.includes('job') && now;
      });
      expect(seen).toEqual(['job']);
      expect(await here.started(2)).toEqual(['job', 'web']);
      expect((await here.appsIn()).map(({ id, phase }) => [id, phase])).toEqual([
        ['job', 'completed'],
        ['web', 'running'],
      ]);
    });

    it('begin anew when their host dies once more in the middle of it', async () => {
      await here.up(lively(jdk));
      const ids = Array.from({ length: 6 }, (_, i) => `a${i}`);
      for (const [i, id] of ids.entries()) await here.run(target(id, i === 0 ? [] : [`a${i - 1}`]));
      await here.started(6);
      for (let round = 0; round < 2; round++) {
        const before = here.hostPid();
        await here.killHost();
        await eventually('another one', () => here.hostPid() !== before && here.hostPid() !== undefined);
        if (round === 0) await eventually('some are back', async () => (await running()).length >= 2, 60_000);
      }
      await back(ids);
      const order = await here.started(6);
      expect(order.slice(-6)).toEqual(ids);
      expect(order.slice(0, -6)).toEqual(ids.slice(0, order.length - 6));
    });

    it('stay as they are asked to be at any moment of it', async () => {
      await here.up(lively(jdk));
      const one = target('a');
      for (const [i, ms] of [0, 150, 250, 300, 350, 400, 500, 700].entries()) {
        const record = await here.run(one);
        const before = here.hostPid();
        await here.killHost();
        await sleep(ms);
        const now = { ...one, handle: record.handle };
        const goes = i % 2 === 1;
        if (goes) await here.apps().destroy(now, { destroyVolumes: true }, here.context);
        else await here.apps().stop(now, here.context);
        await eventually('another one', () => here.hostPid() !== before && here.hostPid() !== undefined);
        await eventually('it answers', () => here.call('hello', {}).catch(() => undefined));
        await sleep(300);
        expect([ms, await running()]).toEqual([ms, []]);
        if (goes) expect([ms, await here.appsIn(), here.entries()]).toEqual([ms, [], []]);
      }
    });

    it('are stopped, and removed, also where they came back just before that was known', async () => {
      // Long enough to be seen down on a busy machine.
      await here.up({ ...lively(jdk), restart: { policy: 'always', delay: 2, maxDelay: 2 } });
      const settings = {
        dir: here.dir,
        project: 'test',
        env: here.env,
        pjVersion: '0.0.0-test',
        agentEntry: agent.entry,
      };
      for (const action of ['stop', 'update', 'destroy'] as const) {
        const one = target('a');
        const record = await here.run(one);
        await back(['a']);
        await here.killHost();
        await eventually('it is down', async () => (await here.read(record)).status === 'dead');
        const care = openCare(settings);
        // What was looked at before the intent is kept is old by then.
        let waited = false;
        const late: Care = {
          ...care,
          link: {
            ...care.link,
            async call(method, params, how) {
              if (!waited && (method === 'keepTenant' || method === 'dropTenant')) await back(['a']);
              waited ||= method !== 'lookTenants';
              return care.link.call(method, params, how);
            },
          },
        };
        const runtime = sharedRuntime(settings, late);
        try {
          const spec = here.spec('a', [], { resources: { maxThreads: 33 } });
          const now = { ...(action === 'update' ? target('a', [], spec) : one), handle: record.handle };
          if (action === 'stop') await runtime.applications.stop(now, here.context);
          else if (action === 'update') await runtime.applications.update(now, ['/resources/maxThreads'], here.context);
          else await runtime.applications.destroy(now, { destroyVolumes: true }, here.context);
        } finally {
          await runtime.close?.();
        }
        const [app] = await here.appsIn();
        if (action === 'stop') expect(app?.phase).toBe('stopped');
        else if (action === 'update')
          expect(app).toMatchObject({
            phase: 'running',
            digest: here.target('a', here.spec('a', [], { resources: { maxThreads: 33 } })).specDigest,
          });
        else expect([app, here.entries()]).toEqual([undefined, []]);
      }
    });

    it('run once, under the new name, when they were renamed while it was down', async () => {
      await here.up({ ...lively(jdk), restart: { policy: 'always', delay: 2.5, maxDelay: 2.5 } });
      const record = await here.run(target('old'));
      await here.started(1);
      const before = here.hostPid();
      await here.killHost();
      const spec = here.spec('new', [], record.spec as object);
      const renamed = { ...target('new', [], spec), handle: record.handle };
      const { client } = await ensureAgent(options(here.dir));
      const { identity, specDigest, stored } = renamed;
      const kept = await client.call('keepTenant', {
        ...{ identity, instance: String(record.handle?.['instance']), spec, specDigest, base: {} },
        ...(stored === undefined ? {} : { stored }),
        ...{ inside: { id: HOST }, after: [], wanted: 'running' },
      });
      expect(kept.entry).toMatchObject({ identity: { id: 'new' }, home: { id: 'old' } });
      await here.apps().start(renamed, here.context);
      await eventually('another one', () => here.hostPid() !== before);
      await back(['new']);
      await sleep(500);
      expect((await here.appsIn()).map(({ key, phase }) => [key, phase])).toEqual([['new@1', 'running']]);
      client.close();
    });

    it('come back where their folder was moved to, and write there', async () => {
      await here.up(lively(jdk));
      await here.run(target('a'));
      await here.started(1);
      const moved = `${here.dir}-moved`;
      const pid = here.hostPid();
      await here.killAgent();
      renameSync(here.dir, moved);
      // Where its arguments still lead.
      mkdirSync(here.dir);
      cpSync(join(moved, 'order.log'), join(here.dir, 'order.log'));
      try {
        expect(await reviveAgent(options(moved))).toEqual([`${HOST}@1`]);
        process.kill(pid ?? 0, 'SIGKILL');
        expect(await here.started(1)).toEqual(['a']);
        const log = join(moved, '.pj/logs/a.out.log');
        await eventually('it has written', () => readFileSync(log, 'utf8').split('secret=').length === 3);
        expect(existsSync(join(here.dir, '.pj'))).toBe(false);
      } finally {
        await stopAgent(options(moved));
      }
    });

    it('need one agent alone, whoever of a run comes first', async () => {
      const spec = here.script('stay.mjs', 'setInterval(() => {}, 1e6)');
      await Promise.all([
        here.hosts().create(here.target(HOST, lively(jdk)), here.context),
        here.apps().create(target('a'), here.context),
        here.provider().create(here.target('n', spec), here.context),
      ]);
      expect(here.log().match(/listens, pid|another agent/g)).toEqual(['listens, pid']);
    });
  },
);
