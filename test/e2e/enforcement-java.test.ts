import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { jdks } from '../providers/java/fixtures.ts';
import { hostBuilt } from '../providers/jvm/ground.ts';
import { type Programs, programs } from '../providers/jvm/programs.ts';
import { cpuSecondsOf, cpuSecondsOfThreads, expectHeld, favour } from '../support/cpu.ts';
import { heldOf } from '../support/held-limits.ts';
import { Scratch, until } from '../support/pj.ts';
import { actionDone, eventsOf, figure } from '../support/quotas.ts';

const { controllers } = detectCgroups();
const [jdk] = hostBuilt && controllers.has('cpu') && controllers.has('pids') ? jdks() : [];
const APPLY = ['apply', '--auto-approve'];

if (jdk !== undefined)
  describe('quotas of Java that are enforced', { timeout: 180_000 }, () => {
    let made: Programs;
    let pj: Scratch;
    let back: () => void;
    beforeAll(() => {
      made = programs(jdk);
    });
    afterAll(() => made?.clear());
    beforeEach(() => {
      back = favour();
      pj = new Scratch({
        'pj.yaml': `name: j${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 200ms } }\n`,
      });
      pj.env['JAVA_HOME'] = jdk.home;
    });
    afterEach(async () => {
      back();
      await pj.cleanUp();
    });

    /** Writes a descriptor. */
    const describeApp = (id: string, args: string[], resources: object, own: boolean, more: object = {}): void => {
      const java = {
        mainClass: 'app.Main',
        classpath: [made.classes],
        args,
        ...(own ? { jvm: 'own', heap: '32MiB', jvmArgs: ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] } : {}),
      };
      const descriptor = {
        applicationId: id,
        restart: { policy: 'no' },
        stop: { gracePeriod: '5s' },
        resources,
        java,
        ...more,
      };
      pj.write({ [`${id}.yaml`]: JSON.stringify(descriptor) });
    };
    const throttles = (id: string) =>
      until(`a throttle of ${id}`, () => eventsOf(pj, 'throttle_set').find((one) => one.workload === id), 60_000);
    const pidOf = (id: string): number => pj.processes().find((one) => one.id === id)?.pid ?? 0;

    it('THROTTLE: a spinner gets half of its quota, in a JVM of its own and in a shared one; no drift; lifted by what an apply says', async () => {
      const quota = (cpu: number) => ({ cpu, enforcement: { cpu: { action: 'THROTTLE', gracePeriod: 2 } } });
      describeApp('own', ['turn'], quota(0.5), true);
      describeApp('shared', ['turn'], quota(0.5), false);
      describeApp('neighbour', ['wait'], { cpu: 0.5 }, false);
      await pj.ok(APPLY);
      const lineage = pj.lineage() ?? '';
      for (const id of ['own', 'shared']) expect((await throttles(id)).data?.['to']).toBe(0.25);
      const pid = pidOf('own');
      const own = await expectHeld(0.25, () => cpuSecondsOf(pid));
      figure('own JVM', 'THROTTLE', 'spinner', `${own.toFixed(4)} cores of 0.25`);
      const shared = await expectHeld(0.25, () => cpuSecondsOfThreads(lineage, 'shared'));
      figure('shared JVM', 'THROTTLE', 'spinner', `${shared.toFixed(4)} cores of 0.25`);
      expect(heldOf(pid).cpu).toBe(0.25);
      // Nothing has been restarted, and nothing is to be done.
      await pj.ok(['plan', '--detailed-exitcode']);
      expect(pidOf('own')).toBe(pid);
      expect(eventsOf(pj, 'throttle_set').some((one) => one.workload === 'neighbour')).toBe(false);
      // Without the rule the throttle has no reason any more, and the new quota is what it gets.
      describeApp('own', ['turn'], { cpu: 0.7 }, true);
      describeApp('shared', ['turn'], { cpu: 0.7 }, false);
      const applied = await pj.ok(APPLY);
      expect(applied.stdout).not.toMatch(/restart/);
      expect(pidOf('own')).toBe(pid);
      await until('the kernel to hold the new quota', () => heldOf(pid).cpu === 0.7);
      await pj.ok(['plan', '--detailed-exitcode']);
    });

    it('NOTIFY: a leak of threads is told once, with what it has and what it may', async () => {
      const quota = (maxThreads: number) => ({
        maxThreads,
        enforcement: { threads: { action: 'NOTIFY', gracePeriod: 2 } },
      });
      describeApp('own', ['threads=200', 'wait'], quota(60), true);
      describeApp('shared', ['threads=30', 'wait'], quota(20), false);
      await pj.ok(APPLY);
      for (const id of ['own', 'shared']) {
        const told = await until(
          `a notice of ${id}`,
          () => eventsOf(pj, 'quota_action').find((one) => one.workload === id),
          60_000,
        );
        expect(told).toMatchObject({ data: { resource: 'threads', action: 'NOTIFY', ok: true } });
        figure(`${id} JVM`, 'NOTIFY', 'thread leak', told.message);
      }
      expect(pj.read('.pj/audit.ndjson')).toContain('enforce NOTIFY shared threads');
    });

    it('SHUTDOWN and KILL: who depends is stopped first; nobody brings back what was ended but the next apply', async () => {
      const rule = (resource: string, action: string) => ({ enforcement: { [resource]: { action, gracePeriod: 2 } } });
      const always = { restart: { policy: 'always', delay: '100ms' } };
      const spins = { cpu: 0.3, ...rule('cpu', 'SHUTDOWN') };
      describeApp('own', ['turn'], spins, true, always);
      describeApp('behind-own', ['wait'], {}, false, { dependencies: ['own'] });
      const leaks = { maxThreads: 20, ...rule('threads', 'SHUTDOWN') };
      describeApp('shared', ['threads=30', 'wait'], leaks, false, always);
      describeApp('behind-shared', ['wait'], {}, false, { dependencies: ['shared'] });
      const killed = { maxThreads: 60, ...rule('threads', 'KILL') };
      describeApp('killed', ['threads=200', 'wait'], killed, true, always);
      await pj.ok(APPLY);
      const stopped = () =>
        eventsOf(pj, 'step_complete').flatMap(({ data, workload }) => (data?.['action'] === 'stop' ? [workload] : []));
      for (const id of ['own', 'shared']) {
        const done = await actionDone(pj, id);
        expect(done.data).toMatchObject({ action: 'SHUTDOWN', ok: true, also: [`behind-${id}`] });
        figure(`${id} JVM`, 'SHUTDOWN', id === 'own' ? 'spinner' : 'thread leak', done.message);
        expect(stopped().filter((one) => one?.endsWith(id))).toEqual([`behind-${id}`, id]);
      }
      const done = await actionDone(pj, 'killed');
      expect(done.data).toMatchObject({ resource: 'threads', action: 'KILL' });
      figure('own JVM', 'KILL', 'thread leak', done.message);
      const { stdout } = await pj.ok(['status', '--json']);
      const states = (JSON.parse(stdout) as { workloads: { id: string; state: string }[] }).workloads;
      expect(Object.fromEntries(states.map(({ id, state }) => [id, state]))).toMatchObject({
        ...{ own: 'STOPPED', shared: 'STOPPED', killed: 'FAILED' },
        ...{ 'behind-own': 'STOPPED', 'behind-shared': 'STOPPED' },
      });
      expect(stdout).toMatch(/quota enforcement \(KILL\): threads: /);
      expect((await pj.ok(['plan', '--detailed-exitcode'], {}, 2)).stdout).toMatch(
        /the agent \(quota enforcement \(SHUTDOWN\)/,
      );
      expect(pidOf('own') + pidOf('killed')).toBe(0);
      describeApp('own', ['wait'], { cpu: 0.3 }, true, always);
      describeApp('shared', ['wait'], { maxThreads: 20 }, false, always);
      describeApp('killed', ['wait'], { maxThreads: 60 }, true, always);
      await pj.ok(APPLY);
      await pj.ok(['plan', '--detailed-exitcode']);
      expect(pidOf('own') * pidOf('killed')).toBeGreaterThan(0);
    });

    it('is refused at plan where it cannot be done, with what to do instead', async () => {
      const enforce = (resource: string, action: string) => ({ enforcement: { [resource]: { action } } });
      describeApp('shared', ['wait'], { maxThreads: 20, ...enforce('threads', 'THROTTLE') }, false);
      expect((await pj.pj(['plan'])).stderr).toMatch(
        /THROTTLE of threads cannot be done[\s\S]*Use NOTIFY, SHUTDOWN or KILL/,
      );
      describeApp('shared', ['wait'], { cpu: 0.5, ...enforce('cpu', 'KILL') }, false);
      expect((await pj.pj(['plan'])).stderr).toMatch(/cannot be killed in a JVM that others share[\s\S]*Use SHUTDOWN/);
      describeApp('shared', ['wait'], { cpu: 0.5, ...enforce('memory', 'THROTTLE') }, false);
      expect((await pj.pj(['plan'])).stderr).toMatch(/there is no quota to enforce/);
      if (detectCgroups().version === 'v2') return;
      describeApp('shared', ['wait'], { memory: '256MiB', ...enforce('memory', 'THROTTLE') }, true);
      expect((await pj.pj(['plan'])).stderr).toMatch(/THROTTLE of memory cannot be done: cgroup v1/);
    });
  });
