import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { coresOf, cpuGroup, forkBomb, hogs, spinner, tag } from '../support/hogs.ts';
import { alive, Scratch, until } from '../support/pj.ts';
import { actionDone, auditOf, event, eventsOf, figure, keptOf } from '../support/quotas.ts';

const { controllers } = detectCgroups();
const APPLY = ['apply', '--auto-approve'];

if (controllers.has('cpu') && controllers.has('pids'))
  describe('quotas, when the agent is killed or what is enforced changes', { timeout: 180_000 }, () => {
    let pj: Scratch;
    let name: string;
    beforeEach(() => {
      name = tag();
      pj = new Scratch({
        'pj.yaml': `name: enf-${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 0.2 } }\n`,
      });
    });
    afterEach(() => pj.cleanUp());

    const describeHog = (script: string, resources: object): void => {
      const native = { command: '/bin/sh', args: ['-c', script] };
      const restart = { policy: 'always', delay: '100ms' };
      const hog = { applicationId: 'hog', native, resources, restart, stop: { gracePeriod: '20s' } };
      pj.write({ 'hog.yaml': JSON.stringify(hog) });
    };
    const threads = (action: string, gracePeriod: number) => ({
      maxProcesses: 12,
      enforcement: { threads: { action, gracePeriod } },
    });
    const killAgent = async (): Promise<void> => {
      const [pid = 0] = pj.agents();
      process.kill(pid, 'SIGKILL');
      await until('the end of the agent', () => !alive(pid));
    };
    const violations = (): number =>
      Number(/"violations":(\d+)/.exec(JSON.stringify(keptOf(pj, 'hog') ?? ''))?.[1] ?? 0);

    it('goes on counting where it was', async () => {
      describeHog(forkBomb(name, 12), threads('NOTIFY', 30));
      await pj.ok(APPLY);
      await until('some violations', () => violations() >= 10);
      await killAgent();
      const before = violations();
      expect([before < 30, eventsOf(pj, 'quota_action')]).toEqual([true, []]);
      await pj.ok(['agent', 'start']);
      const after = await until('another count', () => violations() !== before && violations());
      expect(after).toBeGreaterThan(before);
      await actionDone(pj, 'hog');
      figure('native', 'agent killed while counting', 'fork bomb', `${before} violations before, ${after} after`);
      expect(eventsOf(pj, 'quota_violated')).toHaveLength(1);
      expect(eventsOf(pj, 'quota_action')).toHaveLength(1);
    });

    it('a SHUTDOWN that is under way comes to its end once', async () => {
      // It takes its time: the agent is killed meanwhile.
      const slow = `trap 'echo term >> asked; while [ ! -e may-end ]; do sleep 0.05; done; exit 0' TERM; ${forkBomb(name, 12)}`;
      describeHog(slow, threads('SHUTDOWN', 2));
      const native = { command: 'sleep', args: ['1000'] };
      pj.write({ 'front.yaml': JSON.stringify({ applicationId: 'front', native, dependencies: ['hog'] }) });
      await pj.ok(APPLY);
      await until('the stop to have begun', () => existsSync(join(pj.dir, 'asked')));
      await killAgent();
      await pj.ok(['agent', 'start']);
      await until('the next agent', () => pj.agents().length > 0);
      pj.write({ 'may-end': '' });
      const stopsOfHog = () =>
        eventsOf(pj, 'step_complete').filter(
          ({ workload, data: of }) => workload === 'hog' && of?.['action'] === 'stop',
        );
      await until('its stop to be through', () => stopsOfHog().length > 0, 60_000);
      await until('the end of it', () => hogs(name).length === 0);
      await until('nothing left to do', () => !JSON.stringify(keptOf(pj, 'hog')).includes('pending'), 60_000);
      const status = JSON.parse((await pj.ok(['status', 'hog', '--json'])).stdout).workloads[0];
      expect(status).toMatchObject({ state: 'STOPPED' });
      expect(JSON.stringify(status.imperative)).toContain('the agent (quota enforcement (SHUTDOWN)');
      const stops = stopsOfHog();
      expect(stops).toHaveLength(1);
      // Whoever takes a stop over cannot know whether the signal has arrived: it may be sent a second time.
      const signals = pj.read('asked').trim().split('\n').length;
      expect(signals).toBeLessThanOrEqual(2);
      // By the next agent.
      const { data, message } = await event(pj, 'quota_action', 30_000);
      expect([data, message]).toEqual([
        expect.objectContaining({ ok: true, also: ['front'] }),
        expect.stringContaining('; with it: front'),
      ]);
      const told = eventsOf(pj, 'quota_action').length;
      expect(told).toBe(1);
      figure(
        'native',
        'agent killed during SHUTDOWN',
        'fork bomb',
        `${stops.length} stop, ${told} quota_action, ${signals} signals`,
      );
    });

    it('a throttle is lifted at once where an apply says that nothing is enforced any more', async () => {
      const enforcement = { cpu: { action: 'THROTTLE', gracePeriod: 1 } };
      describeHog(spinner(name, 'calm'), { cpu: 0.2, enforcement });
      await pj.ok(APPLY);
      await event(pj, 'throttle_set');
      const group = cpuGroup(name);
      describeHog(spinner(name, 'calm'), { cpu: 0.2 });
      await pj.ok(APPLY);
      const begun = performance.now();
      const released = await event(pj, 'throttle_released');
      figure('native', 'enforcement removed', 'spinner', `lifted ${Math.round(performance.now() - begun)} ms after`);
      expect(released.message).toMatch(/enforcement was changed/);
      expect(coresOf(group)).toBeCloseTo(0.2, 5);
      expect(pj.agents().flatMap(() => auditOf(pj).filter((one) => one.startsWith('enforce THROTTLE')))).toHaveLength(
        1,
      );
    });
  });
