import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Act, Acted, Awake, Watched } from '../../../../src/agent/awake/contract.ts';
import { HealthWatch } from '../../../../src/agent/awake/health/health.ts';
import type { Case } from '../../../../src/agent/awake/health/machine.ts';
import type { Probed } from '../../../../src/agent/awake/health/prober.ts';
import { openKeep } from '../../../../src/agent/awake/keep-file.ts';
import { instanceOf } from '../../../../src/agent/awake/state-view.ts';
import type { ActivityEvent, Sample } from '../../../../src/model/awake.ts';
import type { Observed } from '../../../../src/model/observed.ts';
import type { WorkloadRecord } from '../../../../src/model/record.ts';
import type { Spec } from '../../../../src/model/spec.ts';
import type { Provider } from '../../../../src/providers/contract.ts';
import { runningRecord } from '../../../support/records.ts';

/** A watch whose clock, engine and probes are the test's; what it keeps is a real file. */
class Lab {
  readonly dir = mkdtempSync(join(tmpdir(), 'pj-health-'));
  readonly events: ActivityEvent[] = [];
  readonly logged: string[] = [];
  readonly acts: Act[] = [];
  readonly samples = new Map<string, Sample>();
  watched = new Map<string, Watched>();
  at = Date.parse('2026-01-01T00:00:00Z');
  busy = false;
  /** When the look began that it works with. Undefined: just now. */
  lookedAt: number | undefined;
  /** The disk is full. */
  full = false;
  writes = 0;
  probes = 0;
  mostAtOnce = 0;
  private atOnce = 0;
  verdict = (_: string): Promise<Probed> => Promise.resolve({ healthy: true });
  status: Observed['status'] = 'running';
  /** It is well then. */
  acted = (act: Act): Promise<Acted> => {
    this.verdict = () => Promise.resolve({ healthy: true });
    this.status = 'running';
    return Promise.resolve({ ok: true, done: act.ids, failed: [], skipped: [] });
  };
  part: HealthWatch;

  constructor() {
    mkdirSync(join(this.dir, '.pj', 'agent'), { recursive: true });
    this.part = this.newPart();
  }

  put(id: string, more: Partial<WorkloadRecord> = {}, spec: Partial<Spec> = {}): void {
    const made = runningRecord({
      ...{ id, kind: 'native', handle: { id: 'first' }, attributes: {}, health: 'healthy' },
      spec: { native: { command: 'x' }, healthCheck: { type: 'tcp', port: 1, interval: 1, retries: 2 }, ...spec },
      ...more,
    } as Parameters<typeof runningRecord>[0]);
    this.watched = new Map([...this.watched, [id, { record: made, instance: instanceOf(made) }]]);
    this.part.changed();
  }

  /** As after a kill -9. */
  again(): void {
    this.part = this.newPart();
    this.part.begin();
  }

  async ticks(count: number, ms = 1_000): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.at += ms;
      this.part.tick();
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  types = (): string[] => this.events.map(({ type }) => type);
  kept = (id: string): Partial<Case> | undefined =>
    (openKeep(this.dir)('health').read() as { [id: string]: Case } | undefined)?.[id];

  private newPart(): HealthWatch {
    const lab = this;
    const provider = {
      read: (records: WorkloadRecord[]) =>
        Promise.resolve(
          records.map(({ id }) => ({
            id,
            status: lab.status,
            fields: {},
            attributes: {},
            handle: null,
            detail: 'exited 1',
          })),
        ),
    } as unknown as Provider;
    const awake: Awake = {
      project: lab.dir,
      name: 'test',
      status: () => ({ sampling: { interval: 1, ticks: 0, missed: 0, jitterP99: 0 }, workloads: [] }),
      config: {},
      activity: {
        tell: (event: Omit<ActivityEvent, 'at'>) => void lab.events.push({ at: '', ...event }),
        listen: () => () => undefined,
      } as Awake['activity'],
      get watched() {
        return lab.watched;
      },
      samples: lab.samples,
      get busy() {
        return lab.busy;
      },
      booting: false,
      provider: () => Promise.resolve(provider),
      act: (act) => {
        lab.acts.push(act);
        return lab.acted(act);
      },
      get lookedAt() {
        return lab.lookedAt ?? lab.at;
      },
      keep: (name) => {
        const { read, write } = openKeep(lab.dir)(name);
        return {
          read,
          write(value) {
            if (lab.full) throw new Error('ENOSPC: no space left on device');
            lab.writes += 1;
            write(value);
          },
        };
      },
      now: () => new Date(lab.at),
      monotonic: () => lab.at,
      random: () => 0.5,
      log: (text) => void lab.logged.push(text),
    };
    return new HealthWatch(awake, async ({ id }) => {
      lab.probes += 1;
      lab.atOnce += 1;
      lab.mostAtOnce = Math.max(lab.mostAtOnce, lab.atOnce);
      const verdict = await lab.verdict(id);
      lab.atOnce -= 1;
      return verdict;
    });
  }
}

describe('health that is watched', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => rmSync(lab.dir, { recursive: true, force: true }));
  const bad = (): Promise<Probed> => Promise.resolve({ healthy: false, reason: 'refused' });

  it('asks for a restart of the very instance, with the reason', async () => {
    lab.put('web');
    lab.verdict = bad;
    await lab.ticks(6);
    expect(lab.acts).toEqual([
      {
        action: 'restart',
        ids: ['web'],
        reason: 'unhealthy: refused',
        instances: { web: lab.watched.get('web')?.instance },
      },
    ]);
    expect(lab.types()).toEqual(['health_changed', 'workload_restarted', 'health_changed']);
  });

  it('shows what is unhealthy and why, and does nothing under another’s lock', async () => {
    lab.put('web');
    lab.verdict = bad;
    await lab.ticks(3);
    expect(lab.part.about('web')).toEqual({ health: 'unhealthy', healthReason: 'refused' });
    lab.busy = true;
    const { probes } = lab;
    await lab.ticks(20);
    expect(lab.acts).toEqual([]);
    expect(lab.probes).toBe(probes);
    lab.busy = false;
    await lab.ticks(1);
    expect(lab.acts).toHaveLength(1);
  });

  it('bounds the probes at once, and lets none of a slow one pile up', async () => {
    for (let i = 0; i < 40; i++) lab.put(`w${i}`);
    const release: (() => void)[] = [];
    lab.verdict = () => new Promise((resolve) => release.push(() => resolve({ healthy: true })));
    await lab.ticks(5);
    expect(lab.mostAtOnce).toBe(8);
    expect(lab.probes).toBe(8);
    for (let i = 0; i < 10; i++) {
      for (const one of release.splice(0)) one();
      await lab.ticks(1);
    }
    expect(lab.probes).toBeGreaterThanOrEqual(40);
    expect(lab.mostAtOnce).toBe(8);
  });

  it('picks counters, attempts and what is due up again after a kill, and says so', async () => {
    lab.put('web', {}, { restart: { policy: 'always', delay: 30, maxAttempts: 3 } });
    lab.verdict = bad;
    await lab.ticks(4);
    lab.again();
    expect(lab.logged).toEqual(['web: taken up again: unhealthy (refused), 2 failed probes in a row']);
    expect(lab.part.about('web')).toMatchObject({ health: 'unhealthy' });
    expect(lab.acts).toEqual([]);
    await lab.ticks(31);
    expect(lab.acts).toHaveLength(1);
    expect(lab.types().filter((type) => type === 'health_changed')).toHaveLength(2);
  });

  it('says once that a check cannot be made for want of a value, and restarts nothing', async () => {
    lab.put('web');
    lab.verdict = () => Promise.resolve({ unknown: 'token' });
    await lab.ticks(10);
    expect(lab.events.map(({ message }) => message)).toEqual([
      'its health cannot be watched: its check needs token, which the agent does not know; the next apply checks it',
    ]);
    expect(lab.acts).toEqual([]);
  });

  it('what its supervisor starts again is not unhealthy meanwhile', async () => {
    lab.put('web');
    lab.verdict = bad;
    lab.status = 'dead';
    await lab.ticks(20);
    expect(lab.acts).toEqual([]);
    expect(lab.events).toEqual([]);
  });

  it('what its supervisor has started again has its start period again, however slowly it comes up', async () => {
    lab.put('web', {}, { restart: { policy: 'always', delay: 1 } });
    const ended = lab.at + 5_000;
    await lab.ticks(5);
    lab.verdict = bad;
    await lab.ticks(1);
    // Nobody has seen it down.
    lab.samples.set('web', { startedAt: new Date(ended).toISOString() } as Sample);
    await lab.ticks(25);
    expect([lab.acts, lab.types(), lab.part.about('web').health]).toEqual([[], [], 'starting']);
    // It is over.
    await lab.ticks(12);
    expect(lab.acts.map(({ action }) => action)).toEqual(['restart']);
  });

  it('what it has itself started again in vain is unhealthy, not starting', async () => {
    lab.put('web', {}, { restart: { policy: 'always', delay: 1, maxAttempts: 1 } });
    await lab.ticks(3);
    lab.verdict = bad;
    const failure = { id: 'web', code: 'PJ5201', message: 'it did not become healthy' };
    lab.acted = () => {
      lab.samples.set('web', { startedAt: new Date(lab.at).toISOString() } as Sample);
      return Promise.resolve({ ok: false, done: [], failed: [failure], skipped: [] });
    };
    await lab.ticks(10);
    expect([lab.acts.length, lab.types().at(-1)]).toEqual([1, 'workload_given_up']);
    expect(lab.part.about('web').health).toBe('unhealthy');
  });

  it('starts what nobody else does; what was killed, or is to be stopped, it leaves', async () => {
    const vm = { kind: 'vm', provider: 'vm', handle: { runtime: 'libvirt' }, health: 'none' } as const;
    const spec = { healthCheck: undefined, vm: {} } as unknown as Partial<Spec>;
    lab.put('db', vm, spec);
    lab.put('off', { ...vm, state: 'STOPPED', desiredState: 'stopped' }, spec);
    lab.put('killed', { ...vm, state: 'FAILED', lastError: { code: 'PJ5701', message: 'killed' } }, spec);
    lab.status = 'dead';
    await lab.ticks(12);
    expect(lab.acts.map(({ action, ids }) => [action, ids])).toEqual([['start', ['db']]]);
  });

  it('gives up at once where a restart lacks a secret; an apply begins anew', async () => {
    lab.put('web');
    lab.verdict = bad;
    const failure = { id: 'web', code: 'PJ5302', message: 'token is not known' };
    lab.acted = () => Promise.resolve({ ok: false, done: [], failed: [failure], skipped: [] });
    await lab.ticks(30);
    expect(lab.acts).toHaveLength(1);
    expect(lab.events.at(-1)).toMatchObject({ type: 'workload_given_up', workload: 'web' });
    expect(lab.events.at(-1)?.message).toContain('token is not known');
    lab.put('web', { updatedAt: '2026-02-01T00:00:00Z' });
    await lab.ticks(6);
    expect(lab.acts).toHaveLength(2);
  });

  const ONCE = { restart: { policy: 'always', delay: 1, maxAttempts: 1 } } as const;
  const LATER = { updatedAt: '2026-02-01T00:00:00Z' };

  it('counts what it has done itself though the look it works with began before that was done', async () => {
    lab.put('web', {}, ONCE);
    lab.verdict = bad;
    let done = (): void => undefined;
    lab.acted = ({ ids }) =>
      new Promise((resolve) => {
        done = () => resolve({ ok: true, done: ids, failed: [], skipped: [] });
      });
    await lab.ticks(6);
    expect(lab.acts).toHaveLength(1);
    lab.lookedAt = lab.at;
    done();
    await lab.ticks(2);
    // The next look sees what the restart has left.
    lab.lookedAt = undefined;
    lab.put('web', LATER, ONCE);
    await lab.ticks(10);
    expect(lab.acts).toHaveLength(1);
    expect(lab.types()).toContain('workload_given_up');
  });

  it('counts what an agent before it had begun, though its pj does not hold the lock yet; the one after it too', async () => {
    lab.put('web', {}, ONCE);
    lab.verdict = bad;
    lab.acted = () => new Promise(() => undefined);
    await lab.ticks(6);
    expect(lab.acts).toHaveLength(1);
    lab.again();
    await lab.ticks(2);
    lab.put('web', LATER, ONCE);
    await lab.ticks(4);
    lab.again();
    await lab.ticks(10);
    expect(lab.acts).toHaveLength(1);
    expect(lab.types()).toContain('workload_given_up');
  });

  it('writes mere counters seldom, and what it is about to do before it does it', async () => {
    lab.put('web', {}, { healthCheck: { type: 'tcp', port: 1, interval: 1, retries: 35 } } as Partial<Spec>);
    lab.verdict = bad;
    const before = lab.writes;
    await lab.ticks(31);
    expect(lab.writes - before).toBeLessThanOrEqual(4);
    // Never older than that, and whole where the agent ends.
    expect(lab.kept('web')?.failures).toBeGreaterThanOrEqual(20);
    lab.part.end();
    expect(lab.kept('web')?.failures).toBeGreaterThanOrEqual(30);
    lab.again();
    const seen: (Partial<Case> | undefined)[] = [];
    lab.acted = (act) => {
      seen.push(lab.kept('web'));
      return Promise.resolve({ ok: true, done: act.ids, failed: [], skipped: [] });
    };
    await lab.ticks(10);
    expect(seen).toMatchObject([{ acting: true, attempts: 1, failures: 35 }]);
  });

  it('with a full disk watches on and does nothing that is not kept; all of it is done once there is room', async () => {
    for (const id of ['a', 'b']) lab.put(id);
    lab.verdict = bad;
    lab.full = true;
    await lab.ticks(20);
    expect(lab.acts).toEqual([]);
    expect(lab.probes).toBeGreaterThan(30);
    for (const id of ['a', 'b']) expect(lab.part.about(id)).toMatchObject({ health: 'unhealthy' });
    expect(lab.types()).toEqual(['health_changed', 'health_changed']);
    expect(lab.logged).toEqual(['health: what is kept of health: ENOSPC: no space left on device']);
    lab.full = false;
    await lab.ticks(2);
    expect(lab.acts.map(({ ids }) => ids[0])).toEqual(['a', 'b']);
    await lab.ticks(20);
    expect(lab.acts).toHaveLength(2);
  });

  it('what comes of a restart while the disk is full neither ends the agent nor jams it', async () => {
    lab.put('web', {}, { restart: { policy: 'always', delay: 0, maxAttempts: 9 } });
    lab.verdict = bad;
    const failed = [{ id: 'web', code: 'PJ5101', message: 'the engine is down' }];
    lab.acted = () => {
      lab.full = true;
      return Promise.resolve({ ok: false, done: [], failed, skipped: [] });
    };
    await lab.ticks(12);
    expect(lab.acts).toHaveLength(1);
    lab.full = false;
    await lab.ticks(2);
    expect(lab.acts).toHaveLength(2);
  });
});
