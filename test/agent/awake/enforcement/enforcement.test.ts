import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { throttledFields } from '../../../../src/agent/awake/enforcement/in-force.ts';
import type { Sample } from '../../../../src/model/awake.ts';
import type { Resources } from '../../../../src/model/spec.ts';
import { FakeWatch } from './ground.ts';

let watch: FakeWatch;
beforeEach(() => {
  watch = new FakeWatch();
});
afterEach(() => watch.remove());

const CPU: Resources = { cpu: 1, enforcement: { cpu: { action: 'THROTTLE' } } };
const memory = (action: 'KILL' | 'SHUTDOWN' | 'NOTIFY'): Resources => ({
  memory: 100,
  enforcement: { memory: { action } },
});
const times = (n: number, sample: Partial<Sample>): Partial<Sample>[] => Array.from({ length: n }, () => sample);
const FULL = { cpu: 1 };
const IDLE = { cpu: 0.05 };
const audit = (): string[] =>
  readFileSync(join(watch.dir, '.pj', 'audit.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { operation, result } = JSON.parse(line) as { operation: string; result: string };
      return `${operation}: ${result}`;
    });
/** What a plan would not see as drift. */
const hidden = (seen: number): unknown => {
  const one = watch.watched.get('web');
  if (one === undefined) return undefined;
  return throttledFields(watch.dir, [{ record: one.record, fields: { '/resources/cpu': seen } }]).get('web');
};

describe('a throttle', () => {
  it('is kept before it is set, shown, no drift, and lifted', async () => {
    watch.put('web', CPU);
    let keptBefore: unknown;
    watch.throttle = (_, throttle) => {
      keptBefore = hidden(0.5);
      return Promise.resolve(throttle);
    };
    await watch.ticks('web', times(3, FULL));
    expect(watch.throttles).toEqual([{ cpu: 0.5 }]);
    expect(keptBefore).toEqual(['/resources/cpu']);
    expect(hidden(0.5)).toEqual(['/resources/cpu']);
    expect(hidden(0.4)).toBeUndefined();
    // Nobody would lift it.
    watch.lives(false);
    expect(hidden(0.5)).toBeUndefined();
    watch.lives(true);
    expect(watch.types()).toEqual(['quota_violated', 'throttle_set', 'quota_action']);
    const [quota] = watch.part.about?.('web').quotas ?? [];
    expect(quota).toMatchObject({ resource: 'cpu', action: 'THROTTLE', quota: 1, used: 1, throttledTo: 0.5 });
    await watch.ticks('web', times(5, IDLE));
    expect(watch.throttles.at(-1)).toEqual({ cpu: null });
    expect(hidden(0.5)).toBeUndefined();
    await watch.ticks('web', times(3, IDLE));
    expect(watch.types().slice(3)).toEqual(['throttle_released', 'quota_ok']);
    await expect.poll(audit).toEqual(['enforce THROTTLE web cpu: ok', 'enforce release web cpu: ok']);
  });

  it('that an agent left is taken up by the next, which says so', async () => {
    watch.put('web', CPU);
    await watch.ticks('web', times(3, FULL));
    await watch.again();
    await watch.ticks('web', [{ cpu: 0.5 }]);
    expect(watch.throttles).toEqual([{ cpu: 0.5 }, { cpu: 0.5 }]);
    expect(watch.types().slice(3)).toEqual(['throttle_resumed']);
    await watch.ticks('web', times(5, IDLE));
    expect(watch.throttles.at(-1)).toEqual({ cpu: null });
  });

  it('that was begun when the agent was killed is set by the next', async () => {
    watch.put('web', CPU);
    watch.throttle = () => new Promise(() => undefined);
    await watch.ticks('web', times(3, FULL));
    watch.throttle = (_, throttle) => Promise.resolve(throttle);
    await watch.again();
    await watch.ticks('web', [{ cpu: 0.5 }]);
    expect(watch.types()).toEqual(['quota_violated', 'throttle_set', 'quota_action']);
    expect(watch.part.about?.('web').quotas?.[0]?.throttledTo).toBe(0.5);
  });

  const reasons: [string, () => void, RegExp][] = [
    ['its workload is gone', () => watch.watched.delete('web') && watch.put('other', {}), /the workload is gone/],
    ['its rule is another', () => watch.put('web', { ...CPU, cpu: 2 }), /enforcement was changed/],
    ['nothing is enforced any more', () => watch.put('web', { cpu: 1 }), /enforcement was changed/],
    ['another instance runs', () => watch.put('web', CPU, { handle: { id: 'second' } }), /another instance/],
    ['it does not run', () => watch.put('web', CPU, { state: 'STOPPED' }), /does not run/],
  ];
  for (const killed of [false, true])
    for (const [title, change, said] of reasons)
      it(`is let go, with the reason, where ${title}${killed ? ' after the agent was killed' : ''}`, async () => {
        watch.put('web', CPU);
        await watch.ticks('web', times(3, FULL));
        change();
        if (killed) await watch.again();
        await watch.ticks('other', [IDLE]);
        const told = watch.events.filter(({ type }) => type === 'throttle_released');
        expect(told.map(({ message }) => message)).toEqual([expect.stringMatching(said)]);
        expect(watch.types()).not.toContain('throttle_resumed');
        if (watch.watched.has('web')) expect(watch.throttles.at(-1)).toEqual({ cpu: null });
        expect(hidden(0.5)).toBeUndefined();
      });

  it('gives way where its limit was set anew, and comes again by its rule', async () => {
    watch.put('web', CPU);
    await watch.ticks('web', times(3, FULL));
    await watch.ticks('web', times(2, { cpu: 0.3, cpuLimit: 0.5 }));
    expect(watch.part.about?.('web').quotas?.[0]?.throttledTo).toBe(0.5);
    await watch.ticks('web', times(2, { cpu: 0.3, cpuLimit: 1 }));
    expect(watch.part.about?.('web').quotas?.[0]?.throttledTo).toBeUndefined();
    expect(watch.events.at(-1)?.message).toMatch(/set anew \(1 cores\)/);
  });

  it('stays where its kind tells another limit all the time', async () => {
    watch.put('web', CPU);
    await watch.ticks('web', times(9, { cpu: 1, cpuLimit: 1 }));
    expect(watch.types()).not.toContain('throttle_released');
  });

  it('that cannot be set is tried again after pauses, told of once, and never twice at once', async () => {
    watch.put('web', CPU);
    watch.throttle = () => Promise.reject(new Error('the engine is away'));
    await watch.ticks('web', times(20, FULL));
    expect(watch.throttles.length).toBe(5);
    const failures = watch.events.filter(({ severity }) => severity === 'error');
    expect(failures.map(({ message }) => message)).toEqual([expect.stringContaining('the engine is away')]);
    let open = 0;
    watch.throttle = () => {
      open += 1;
      return new Promise(() => undefined);
    };
    await watch.ticks('web', times(90, FULL));
    expect(open).toBe(1);
  });

  it('is lifted when the agent ends by itself', async () => {
    watch.put('web', CPU);
    await watch.ticks('web', times(3, FULL));
    await watch.part.end?.();
    expect(watch.throttles.at(-1)).toEqual({ cpu: null });
    expect(hidden(0.5)).toBeUndefined();
  });
});

describe('an end', () => {
  for (const [action, what] of [
    ['SHUTDOWN', 'stop'],
    ['KILL', 'kill'],
  ] as const)
    it(`by ${action} is asked for once, of that instance alone`, async () => {
      watch.put('web', memory(action));
      const instance = watch.watched.get('web')?.instance;
      await watch.ticks('web', times(10, { workingSet: 99 }));
      expect(watch.acts).toMatchObject([{ action: what, ids: ['web'], instances: { web: instance } }]);
      expect(watch.acts[0]?.reason).toContain(`quota enforcement (${action}): memory`);
      expect(watch.types()).toEqual(['quota_violated', 'quota_action']);
      await expect.poll(audit).toEqual([`enforce ${action} web memory: ok`]);
    });

  it('that fails for a lock is tried again, and not once the quota is kept', async () => {
    watch.put('web', memory('KILL'));
    watch.acted = () =>
      Promise.resolve({ ok: false, done: [], failed: [], skipped: [], error: { code: 'PJ3001', message: 'locked' } });
    await watch.ticks('web', times(6, { workingSet: 99 }));
    expect(watch.acts.length).toBe(3);
    await watch.ticks('web', times(60, { workingSet: 1 }));
    expect(watch.acts.length).toBeLessThanOrEqual(4);
    expect(watch.events.filter(({ severity }) => severity === 'error')).toHaveLength(1);
    expect(watch.types().at(-1)).toBe('quota_ok');
  });

  it('that was not needed is over', async () => {
    watch.put('web', memory('KILL'));
    watch.acted = ({ ids }) => Promise.resolve({ ok: true, done: [], failed: [], skipped: ids });
    await watch.ticks('web', times(20, { workingSet: 99 }));
    expect(watch.acts).toHaveLength(1);
  });

  it('takes an oom kill for a violation', async () => {
    watch.put('web', { memory: 100, enforcement: { memory: { action: 'KILL', gracePeriod: 1 } } });
    await watch.ticks('web', [{ workingSet: 5, oomKills: 3 }]);
    expect(watch.acts).toEqual([]);
    await watch.ticks('web', [{ workingSet: 5, oomKills: 4 }]);
    expect(watch.acts).toHaveLength(1);
  });
});

describe('what is counted', () => {
  it('is not while another run is at work, while it does not run, and while nothing is known', async () => {
    watch.put('web', memory('KILL'));
    watch.busy = true;
    await watch.ticks('web', times(9, { workingSet: 99 }));
    watch.busy = false;
    await watch.ticks('web', times(9, {}));
    watch.put('web', memory('KILL'), { state: 'STARTING' });
    await watch.ticks('web', times(9, { workingSet: 99 }));
    watch.put('web', memory('KILL'));
    await watch.ticks('web', times(2, { workingSet: 99 }));
    expect(watch.acts).toEqual([]);
    await watch.ticks('web', [{ workingSet: 99 }]);
    expect(watch.acts).toHaveLength(1);
  });

  it('goes on where a killed agent has left it', async () => {
    watch.put('web', memory('KILL'));
    await watch.ticks('web', times(2, { workingSet: 99 }));
    await watch.again();
    expect(watch.acts).toEqual([]);
    await watch.ticks('web', [{ workingSet: 99 }]);
    expect(watch.acts).toHaveLength(1);
  });

  it('begins anew with another instance', async () => {
    watch.put('web', memory('KILL'));
    await watch.ticks('web', times(2, { workingSet: 99 }));
    watch.put('web', memory('KILL'), { handle: { id: 'second' } });
    await watch.ticks('web', times(2, { workingSet: 99 }));
    expect(watch.acts).toEqual([]);
  });

  it('is one sample once, however often it is looked at', async () => {
    watch.put('web', memory('KILL'));
    await watch.ticks('web', [{ workingSet: 99 }]);
    for (let i = 0; i < 5; i++) watch.part.tick?.();
    await watch.settle();
    expect(watch.acts).toEqual([]);
  });

  it('is no reason to end it once it is over: neither after a failed try nor after a time without samples', async () => {
    watch.put('web', memory('KILL'));
    watch.acted = (act) =>
      Promise.resolve({
        ok: false,
        done: [],
        failed: [{ id: act.ids[0] ?? '', code: 'PJ3011', message: 'locked' }],
        skipped: [],
      });
    await watch.ticks('web', times(3, { workingSet: 99 }));
    await vi.waitFor(() => expect(watch.acts).toHaveLength(1));
    // The agent is killed, and comes back when all is well.
    watch.at += 36_000_000;
    await watch.again();
    await watch.ticks('web', times(3, { workingSet: 10 }));
    expect(watch.acts).toHaveLength(1);
    // Two in a row, a long time in which another run is at work, and one more: not three in a row.
    await watch.ticks('web', times(2, { workingSet: 99 }));
    watch.busy = true;
    await watch.ticks('web', times(20, { workingSet: 99 }));
    watch.busy = false;
    await watch.ticks('web', [{ workingSet: 99 }]);
    expect(watch.acts).toHaveLength(1);
    await watch.ticks('web', times(2, { workingSet: 99 }));
    await vi.waitFor(() => expect(watch.acts).toHaveLength(2));
  });

  it('of cpu is taken over a second, where its counter is told', async () => {
    watch.put('web', { cpu: 1, enforcement: { cpu: { action: 'NOTIFY', gracePeriod: 1 } } });
    // Slices: all in one sample, nothing in the next.
    const samples = Array.from({ length: 8 }, (_, i) => ({
      cpu: i % 2 === 0 ? 2 : 0,
      cpuSeconds: Math.ceil(i / 2),
    }));
    watch.at += 500;
    for (const sample of samples) {
      watch.at -= 500;
      await watch.ticks('web', [sample]);
    }
    await vi.waitFor(() => expect(watch.types().filter((type) => type === 'quota_action')).toHaveLength(1));
    expect(watch.part.about?.('web').quotas?.[0]?.used).toBeCloseTo(1, 5);
  });

  it('acts where samples are far between, and counts anew only after a longer time without', async () => {
    watch.put('web', memory('KILL'));
    watch.config = { sampling: { interval: 15 } };
    const seldom = async (n: number, gap = 15_000) => {
      for (let i = 0; i < n; i++) {
        watch.at += gap - 1000;
        await watch.ticks('web', [{ workingSet: 99 }]);
      }
    };
    await seldom(2);
    await seldom(2, 60_000);
    expect(watch.acts).toEqual([]);
    await seldom(1);
    await seldom(1);
    expect(watch.acts).toHaveLength(1);
    // Its own interval counts as well as everybody's.
    watch.config = {};
    watch.put('own', memory('KILL'));
    const own = watch.watched.get('own');
    if (own !== undefined) own.record.spec = { ...own.record.spec, monitoring: { interval: 20 } };
    for (let i = 0; i < 3; i++) {
      watch.at += 19_000;
      await watch.ticks('own', [{ workingSet: 99 }]);
    }
    expect(watch.acts.map(({ ids }) => ids)).toEqual([['web'], ['own']]);
  });

  it('tries an end that failed again only as long as something is known', async () => {
    watch.put('web', memory('KILL'));
    const error = { code: 'PJ3001', message: 'locked' };
    watch.acted = () => Promise.resolve({ ok: false, done: [], failed: [], skipped: [], error });
    await watch.ticks('web', times(3, { workingSet: 99 }));
    expect(watch.acts).toHaveLength(1);
    await watch.ticks('web', times(200, {}));
    expect(watch.acts).toHaveLength(1);
    await watch.ticks('web', times(3, { workingSet: 99 }));
    expect(watch.acts.length).toBeGreaterThan(1);
  });

  it('is no reason to end it where its end had to wait until it was over', async () => {
    watch.put('web', memory('KILL'));
    let still = (): boolean => true;
    watch.acted = (_, needed) => {
      still = needed ?? still;
      return new Promise(() => undefined);
    };
    await watch.ticks('web', times(3, { workingSet: 99 }));
    expect(still()).toBe(true);
    await watch.ticks('web', times(1, { workingSet: 20 }));
    expect(still()).toBe(false);
    await watch.ticks('web', times(1, {}));
    expect(still()).toBe(false);
    await watch.ticks('web', times(1, { workingSet: 99 }));
    expect(still()).toBe(true);
  });

  it('pauses longer and longer where its end fails slowly, and tells of it once', async () => {
    watch.put('web', memory('KILL'));
    const error = { code: 'PJ3010', message: 'locked' };
    const waiting: (() => void)[] = [];
    watch.acted = () =>
      new Promise((resolve) => waiting.push(() => resolve({ ok: false, done: [], failed: [], skipped: [], error })));
    for (let i = 0; i < 300; i++) {
      await watch.ticks('web', times(1, { workingSet: 99 }));
      // 15 s each.
      if (i % 15 === 14) waiting.shift()?.();
      await watch.settle();
    }
    expect(watch.acts.length).toBeLessThan(11);
    expect(watch.types().filter((type) => type === 'quota_action')).toHaveLength(1);
  });

  it('tells of an end that was under way when the agent was killed, once, where the state says that it was that', async () => {
    for (const by of ['the agent (quota enforcement (SHUTDOWN): ', 'ann']) {
      watch.put('web', memory('SHUTDOWN'));
      watch.acted = () => new Promise(() => undefined);
      await watch.ticks('web', times(3, { workingSet: 99 }));
      const { reason } = watch.acts.at(-1) as { reason: string };
      // For longer than what is in a row.
      watch.at += 60_000;
      await watch.again();
      const one = watch.watched.get('web');
      const command = by === 'ann' ? 'stop' : `stop by the agent (${reason})`;
      if (one !== undefined)
        one.record = { ...one.record, state: 'STOPPED', imperative: { command, at: new Date(watch.at).toISOString() } };
      await watch.ticks('web', times(5, {}));
      const told = watch.events
        .filter(({ type }) => type === 'quota_action')
        .map(({ message, data }) => [message, data?.['ok']]);
      const ours = [expect.stringMatching(/^SHUTDOWN: memory.*ended meanwhile$/), true];
      const unknown = /^SHUTDOWN for memory, .* is not known to have been done: it does not run any more/;
      expect(told).toEqual([ours, ...(by === 'ann' ? [[expect.stringMatching(unknown), false]] : [])]);
    }
  });

  /** As after a kill -9 of the agent while `web` is ended, which took a while. */
  const killedAtIt = async (action: 'KILL' | 'SHUTDOWN'): Promise<string> => {
    watch.put('web', memory(action));
    watch.acted = () => new Promise(() => undefined);
    await watch.ticks('web', times(3, { workingSet: 99 }));
    watch.at += 60_000;
    await watch.again();
    watch.acted = ({ ids }) => Promise.resolve({ ok: true, done: ids, failed: [], skipped: [] });
    return watch.acts.at(-1)?.reason ?? '';
  };
  const actions = () => watch.events.filter(({ type }) => type === 'quota_action');
  const needs = (...ids: string[]) => ({
    dependencies: ids.map((id) => ({
      ...{ id, condition: 'started' as const, optional: false, restart: false, source: 'declared' as const },
    })),
  });
  const stopped = (command: string) => ({
    ...{ state: 'STOPPED' as const, desiredState: 'stopped' as const },
    imperative: { command, at: '2026-01-01T00:00:00Z' },
  });

  it('names what was ended with it, also where the agent before has done it', async () => {
    const reason = await killedAtIt('SHUTDOWN');
    const by = `the agent (${reason})`;
    watch.put('web', memory('SHUTDOWN'), stopped(by));
    watch.put('shop', {}, { ...needs('web'), ...stopped(by) });
    watch.put('front', {}, { ...needs('shop'), ...stopped(by) });
    // One that somebody had stopped before, one that runs on, and one that is no business of it.
    watch.put('admin', {}, { ...needs('web'), ...stopped('pj stop') });
    watch.put('log', {}, needs('web'));
    watch.put('other', {}, stopped(by));
    await watch.ticks('web', times(5, {}));
    expect(actions()).toMatchObject([{ workload: 'web', data: { ok: true, also: ['front', 'shop'] } }]);
    expect(actions()[0]?.message).toMatch(/; with it: front, shop; the agent was ended meanwhile$/);
    await expect.poll(audit).toEqual(['enforce SHUTDOWN web memory: ok']);
  });

  it('that was not done is told, once, also after another kill', async () => {
    await killedAtIt('KILL');
    await watch.ticks('web', times(30, { workingSet: 10 }));
    // It may still come: its pj waits for the lock.
    expect(actions()).toEqual([]);
    await watch.again();
    await watch.ticks('web', times(100, { workingSet: 10 }));
    expect(actions()).toMatchObject([
      { workload: 'web', severity: 'warning', data: { resource: 'memory', ok: false } },
    ]);
    expect(actions()[0]?.message).toMatch(
      /^KILL for memory, which was due when the agent was ended, was not done: it runs on.*\(memory: .*\)$/,
    );
    await expect.poll(audit).toEqual([expect.stringMatching(/^enforce KILL web memory: was not done/)]);
    await watch.again();
    await watch.ticks('web', times(200, { workingSet: 10 }));
    expect(actions()).toHaveLength(1);
    expect(watch.acts).toHaveLength(1);
  });

  it('that was begun and is done by the next agent is told as done alone', async () => {
    await killedAtIt('KILL');
    await watch.ticks('web', times(3, { workingSet: 99 }));
    expect(watch.acts).toHaveLength(2);
    await watch.ticks('web', times(200, { workingSet: 10 }));
    expect(actions()).toMatchObject([{ data: { ok: true } }]);
  });

  it('of what is another instance by then is not said to be done', async () => {
    await killedAtIt('KILL');
    watch.put('web', memory('KILL'), { handle: { id: 'second' } });
    await watch.ticks('web', times(100, { workingSet: 10 }));
    expect(actions()).toMatchObject([
      { data: { ok: false }, message: expect.stringContaining('another instance now') },
    ]);
  });

  it('that is half done waits for whoever goes on with it', async () => {
    const reason = await killedAtIt('SHUTDOWN');
    watch.put('web', memory('SHUTDOWN'), { state: 'STOPPING' });
    await watch.ticks('web', times(5, {}));
    expect(actions()).toEqual([]);
    watch.put('web', memory('SHUTDOWN'), stopped(`the agent (${reason})`));
    await watch.ticks('web', times(5, {}));
    expect(actions()).toMatchObject([{ data: { ok: true, also: [] } }]);
  });

  it('says so where somebody was ended for want of memory: what is used then says nothing', async () => {
    watch.put('web', memory('NOTIFY'));
    await watch.ticks('web', [
      { workingSet: 20, oomKills: 0 },
      { workingSet: 20, oomKills: 1 },
      { workingSet: 20, oomKills: 2 },
      { workingSet: 20, oomKills: 3 },
    ]);
    const told = watch.events.find(({ type }) => type === 'quota_action')?.message;
    expect(told).toMatch(/the kernel has ended a process of it for want of memory/);
    expect(told).not.toContain('20');
    const violated = watch.events.find(({ type }) => type === 'quota_violated');
    expect([violated?.message, violated?.data]).toEqual([
      expect.stringContaining('ended a process'),
      expect.not.objectContaining({ used: expect.anything() }),
    ]);
  });

  it('survives a file that cannot be read', async () => {
    watch.put('web', memory('KILL'));
    const { writeFileSync } = await import('node:fs');
    for (const text of [
      '',
      '{"enforcement":7}',
      '{"enforcement":{"web":{"instance":1}}}',
      '{"enforcement":{"web":{"instance":"x","counted":{"memory":{"rule":{},"counter":{}}}}}}',
    ]) {
      writeFileSync(join(watch.dir, '.pj', 'agent', 'awake.json'), text);
      await watch.again();
      await watch.ticks('web', times(2, { workingSet: 99 }));
    }
    expect(watch.acts).toEqual([]);
  });
});
