import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Counter,
  dueOf,
  FRESH,
  lifting,
  settled,
  step,
  type Tell,
  throttledTo,
} from '../../../../src/agent/awake/enforcement/counter.ts';
import {
  CALM_SAMPLES,
  COOL_DOWN,
  GOOD_SAMPLES,
  LONGEST_RETRY,
} from '../../../../src/agent/awake/enforcement/figures.ts';
import type { Reading } from '../../../../src/agent/awake/enforcement/judge.ts';
import type { Rule } from '../../../../src/agent/awake/enforcement/rules.ts';

const rule = (action: Rule['action'], more: Partial<Rule> = {}): Rule => ({
  ...{ resource: 'cpu', action, quota: 1, gracePeriod: 3 },
  ...more,
});
const reading = (used: number | undefined): Reading => ({ used, pressed: false });

/** One second a sample; every action that is due comes off at once unless `fails`. */
function run(of: Rule, used: readonly (number | undefined)[], fails: (at: number) => boolean = () => false) {
  let counter: Counter = FRESH;
  const actions: { at: number; what: string }[] = [];
  const tells: { at: number; tell: Tell }[] = [];
  const counters: Counter[] = [];
  used.forEach((one, at) => {
    const now = 1_000_000 + at * 1000;
    const next = step(counter, of, reading(one), now, 'why');
    counter = next.counter;
    for (const tell of next.tells) tells.push({ at, tell });
    const due = dueOf(counter, now);
    if (due !== undefined) {
      const failed = fails(at);
      if (!failed) actions.push({ at, what: due.what });
      counter = settled(counter, failed ? 'failed' : 'done', now);
    }
    for (const { tell } of next.tells.map((tell) => ({ tell })))
      if (tell === 'notify') actions.push({ at, what: 'notify' });
    counters.push(counter);
  });
  return { actions, tells, counters };
}

const HIGH = 1;
const BETWEEN = 0.9;
const LOW = 0.1;
const used = fc.array(fc.constantFrom(HIGH, HIGH, BETWEEN, LOW, LOW, undefined), { maxLength: 120 });
const actions = fc.constantFrom<Rule['action'][]>('NOTIFY', 'THROTTLE', 'SHUTDOWN', 'KILL');
const grace = fc.integer({ min: 1, max: 6 });

describe('a counter', () => {
  it('acts first when so many samples in a row violate, those that say nothing left out', () => {
    fc.assert(
      fc.property(used, actions, grace, (samples, action, gracePeriod) => {
        const { actions: done } = run(rule(action, { gracePeriod }), samples);
        let row = 0;
        let first = -1;
        for (const [at, one] of samples.entries()) {
          if (one === undefined) continue;
          row = one === HIGH ? row + 1 : 0;
          if (row >= gracePeriod) {
            first = at;
            break;
          }
        }
        expect(done[0]?.at ?? -1).toBe(first);
      }),
    );
  });

  it('never acts twice within the cool-down', () => {
    fc.assert(
      fc.property(used, actions, grace, (samples, action, gracePeriod) => {
        const { actions: done } = run(rule(action, { gracePeriod }), samples);
        const acts = done.filter(({ what }) => what !== 'lift');
        for (const [i, { at }] of acts.entries()) {
          const before = acts[i - 1];
          if (before !== undefined) expect((at - before.at) * 1000).toBeGreaterThanOrEqual(COOL_DOWN);
        }
      }),
    );
  });

  it('tells of a violation and of its end by turns, and of no end before enough good samples', () => {
    fc.assert(
      fc.property(used, actions, grace, (samples, action, gracePeriod) => {
        const { tells } = run(rule(action, { gracePeriod }), samples);
        const ends = tells.filter(({ tell }) => tell !== 'notify');
        expect(ends.map(({ tell }) => tell)).toEqual(ends.map((_, i) => (i % 2 === 0 ? 'violated' : 'kept')));
        for (const { at } of ends.filter(({ tell }) => tell === 'kept')) {
          const said = samples.slice(0, at + 1).filter((one) => one !== undefined);
          expect(said.slice(-GOOD_SAMPLES).every((one) => one === LOW)).toBe(true);
        }
      }),
    );
  });

  it('notifies again only after the quota was kept', () => {
    fc.assert(
      fc.property(used, grace, (samples, gracePeriod) => {
        const { tells } = run(rule('NOTIFY', { gracePeriod }), samples);
        const notices = tells.filter(({ tell }) => tell === 'notify').map(({ at }) => at);
        for (const [i, at] of notices.entries()) {
          const before = notices[i - 1];
          if (before === undefined) continue;
          expect(tells.some((one) => one.tell === 'kept' && one.at > before && one.at < at)).toBe(true);
        }
      }),
    );
  });

  it('lifts a throttle after calm samples and not before', () => {
    fc.assert(
      fc.property(used, grace, (samples, gracePeriod) => {
        const { actions: done } = run(rule('THROTTLE', { gracePeriod }), samples);
        for (const { at } of done.filter(({ what }) => what === 'lift')) {
          const said = samples.slice(0, at + 1).filter((one) => one !== undefined);
          expect(said.slice(-CALM_SAMPLES).every((one) => one === LOW)).toBe(true);
        }
      }),
    );
    const calm = Array.from({ length: CALM_SAMPLES }, () => LOW);
    expect(run(rule('THROTTLE'), [1, 1, 1, ...calm]).actions.map(({ what }) => what)).toEqual(['throttle', 'lift']);
    expect(run(rule('THROTTLE'), [1, 1, 1, ...calm.slice(1)]).actions).toHaveLength(1);
    // It takes all that it gets: that is not calm.
    const held = Array.from({ length: 20 }, () => 0.5);
    expect(run(rule('THROTTLE'), [1, 1, 1, ...held]).actions).toHaveLength(1);
  });

  it('tries what fails again after longer and longer pauses, and not at all once the quota is kept', () => {
    const samples = Array.from({ length: 200 }, () => HIGH);
    const tries: number[] = [];
    run(rule('KILL'), samples, (at) => {
      tries.push(at);
      return true;
    });
    expect(tries.slice(0, 5)).toEqual([2, 3, 5, 9, 17]);
    const pauses = tries.map((at, i) => at - (tries[i - 1] ?? at));
    expect(Math.max(...pauses) * 1000).toBe(LONGEST_RETRY);
    const { counters } = run(rule('KILL'), [1, 1, 1, 0.1, 0.1, 0.1], () => true);
    expect(counters.at(-1)?.pending).toBeUndefined();
  });

  it('lifts a throttle that failed, as it may have been set all the same', () => {
    const { counters } = run(rule('THROTTLE'), [1, 1, 1, 0.1, 0.1, 0.1], () => true);
    expect(counters.at(-1)?.pending?.what).toBe('lift');
  });

  it('is as it was where a sample says nothing', () => {
    fc.assert(
      fc.property(used, actions, (samples, action) => {
        const before = run(rule(action), samples).counters.at(-1) ?? FRESH;
        expect(step(before, rule(action), reading(undefined), 1, 'why')).toEqual({ counter: before, tells: [] });
      }),
    );
  });

  it('is not kept from acting by a clock that was set back', () => {
    const acted: Counter = { ...FRESH, actedAt: 5_000_000 };
    const counter = { ...acted, violations: 2 };
    expect(step(counter, rule('KILL'), reading(1), 1000, 'why').counter.pending?.what).toBe('kill');
    expect(dueOf({ ...FRESH, pending: { what: 'kill', why: '', failed: 3, due: 9e9 } }, 1000)).toBeDefined();
  });

  it('that is to be lifted keeps what it was throttled to, and nothing else', () => {
    const throttled: Counter = { violations: 2, good: 0, violated: true, throttle: { to: 0.5, since: 1, calm: 2 } };
    const lifted = lifting(throttled, 'gone', 7);
    expect(throttledTo(lifted)).toBe(0.5);
    expect(settled(lifted, 'done', 8)).toEqual(FRESH);
    const begun: Counter = { ...FRESH, pending: { what: 'throttle', why: '', to: 0.5, failed: 0, due: 1 } };
    expect(throttledTo(begun)).toBe(0.5);
    expect(throttledTo(lifting(begun, 'gone', 7))).toBe(0.5);
  });
});

describe('a verdict', () => {
  it('is by each resource’s own measure', () => {
    const violates = (of: Partial<Rule>, one: number, pressed = false) =>
      step(FRESH, rule('KILL', { gracePeriod: 1, ...of }), { used: one, pressed }, 1, '').counter.violations === 1;
    expect(violates({}, 0.95)).toBe(true);
    expect(violates({}, 0.94)).toBe(false);
    expect(violates({}, 0.86, true)).toBe(true);
    expect(violates({}, 0.5, true)).toBe(false);
    expect(violates({ resource: 'memory', quota: 100 }, 95)).toBe(true);
    expect(violates({ resource: 'memory', quota: 100 }, 1, true)).toBe(true);
    expect(violates({ resource: 'threads', quota: 100 }, 99)).toBe(false);
    expect(violates({ resource: 'threads', quota: 100 }, 100)).toBe(true);
    expect(violates({ resource: 'disk', quota: 100 }, 100)).toBe(false);
    expect(violates({ resource: 'disk', quota: 100 }, 101)).toBe(true);
  });
});
