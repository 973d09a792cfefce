import { CALM_SAMPLES, COOL_DOWN, FIRST_RETRY, GOOD_SAMPLES, LONGEST_RETRY, THROTTLED } from './figures.ts';
import { isCalm, judge, type Reading } from './judge.ts';
import type { Rule } from './rules.ts';

/** What is to be done and is tried until it is. */
export interface Pending {
  what: 'throttle' | 'lift' | 'stop' | 'kill';
  /** For people. */
  why: string;
  /** `throttle`: what it is to get. */
  to?: number;
  /** How often it has failed. */
  failed: number;
  /** When it is tried next. Wall clock, ms */
  due: number;
}

/** How one resource of one instance stands. JSON: it is kept over the agent's end. */
export interface Counter {
  /** Violating samples in a row, up to the rule's gracePeriod. */
  violations: number;
  /** When that number changed last. Wall clock, ms */
  countedAt?: number;
  /** Good samples in a row, up to GOOD_SAMPLES. */
  good: number;
  /** It was told that the quota is violated; until it is kept again. */
  violated?: true;
  /** NOTIFY was done, and is not again until the quota is kept. */
  notified?: true;
  /** When an action was done last. Wall clock, ms */
  actedAt?: number;
  /** In force since then, and calm samples in a row. */
  throttle?: { to: number; since: number; calm: number };
  pending?: Pending;
}

/** What is told of a step: `violated` and `kept` once each by turns, `notify` as the action. */
export type Tell = 'violated' | 'kept' | 'notify';

const KEPT = 'its quota is kept again';

export const FRESH: Counter = { violations: 0, good: 0 };

/** The next state after one sample. Pure. `now`: wall clock, ms. */
export function step(
  before: Counter,
  rule: Rule,
  reading: Reading,
  now: number,
  why: string,
): { counter: Counter; tells: Tell[] } {
  const verdict = judge(rule, reading);
  if (verdict === 'unknown' || before.pending?.what === 'lift') return { counter: before, tells: [] };
  const tells: Tell[] = [];
  const counter: Counter = {
    ...before,
    violations: verdict === 'violates' ? Math.min(before.violations + 1, rule.gracePeriod) : 0,
    good: verdict === 'good' ? Math.min(before.good + 1, GOOD_SAMPLES) : 0,
  };
  if (counter.violations !== before.violations) counter.countedAt = now;
  if (before.throttle !== undefined) calm(counter, before.throttle, reading, now);
  if (counter.violations >= rule.gracePeriod) {
    if (counter.violated !== true) tells.push('violated');
    counter.violated = true;
    if (mayAct(counter, rule, now)) act(counter, rule, now, why, tells);
  }
  // What a throttle holds down is not kept by itself.
  if (counter.good >= GOOD_SAMPLES && counter.throttle === undefined && counter.violated === true) {
    tells.push('kept');
    delete counter.violated;
    delete counter.notified;
    // One that failed may have been set all the same.
    if (counter.pending?.what === 'throttle') return { counter: lifting(counter, KEPT, now), tells };
    delete counter.pending;
  }
  // What is over must not be punished: an end that could not be done yet is due only as long as it goes on.
  if (verdict !== 'violates' && endsIt(counter.pending)) delete counter.pending;
  return { counter, tells };
}

function calm(counter: Counter, throttle: NonNullable<Counter['throttle']>, reading: Reading, now: number): void {
  const samples = isCalm(reading, throttle.to) ? throttle.calm + 1 : 0;
  counter.throttle = { ...throttle, calm: Math.min(samples, CALM_SAMPLES) };
  if (samples >= CALM_SAMPLES && counter.pending === undefined)
    counter.pending = { what: 'lift', why: `it has used less for ${CALM_SAMPLES} samples`, failed: 0, due: now };
}

function mayAct(counter: Counter, { action, resource }: Rule, now: number): boolean {
  if (counter.pending !== undefined || !cooled(counter, now)) return false;
  if (action === 'NOTIFY') return counter.notified !== true;
  // Memory stays where it is under a throttle; cpu cannot, unless somebody has set its limit anew.
  return action !== 'THROTTLE' || counter.throttle === undefined || resource === 'cpu';
}

/** A clock that was set back must not make the cool-down longer than it is. */
const cooled = ({ actedAt }: Counter, now: number): boolean =>
  actedAt === undefined || now < actedAt || now - actedAt >= COOL_DOWN;

function act(counter: Counter, { action, resource, quota }: Rule, now: number, why: string, tells: Tell[]): void {
  switch (action) {
    case 'NOTIFY':
      counter.notified = true;
      counter.actedAt = now;
      tells.push('notify');
      return;
    case 'THROTTLE':
      counter.pending = { what: 'throttle', why, to: quota * (THROTTLED[resource] ?? 1), failed: 0, due: now };
      return;
    case 'SHUTDOWN':
    case 'KILL':
      counter.pending = { what: action === 'KILL' ? 'kill' : 'stop', why, failed: 0, due: now };
  }
}

/** After a time without samples: what was in a row is so no more, and an end that was due is to be earned anew. Throttles, and what was told, stay. */
export function afterGap(before: Counter): Counter {
  const { pending, countedAt: _, ...counter } = before;
  const kept = pending === undefined || endsIt(pending) ? {} : { pending };
  return { ...counter, violations: 0, good: 0, ...kept };
}

export const endsIt = (pending: Pending | undefined): boolean => pending?.what === 'stop' || pending?.what === 'kill';

/** What is to be done now, if anything. */
export function dueOf({ pending }: Counter, now: number): Pending | undefined {
  if (pending === undefined) return undefined;
  // Never longer than the longest pause, whatever was done to the clock.
  return now >= pending.due || pending.due - now > LONGEST_RETRY ? pending : undefined;
}

/** The state after an attempt. `moot`: there was nothing left to do it to. */
export function settled(before: Counter, outcome: 'done' | 'failed' | 'moot', now: number): Counter {
  const { pending, ...counter } = before;
  if (pending === undefined) return before;
  if (outcome === 'failed') {
    const pause = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** Math.min(pending.failed, 16));
    return { ...before, pending: { ...pending, failed: pending.failed + 1, due: now + pause } };
  }
  const after: Counter = { ...counter, violations: 0, good: 0 };
  if (pending.what === 'lift') {
    delete after.throttle;
    return after;
  }
  after.actedAt = now;
  if (pending.what === 'throttle' && pending.to !== undefined && outcome === 'done')
    after.throttle = { to: pending.to, since: now, calm: 0 };
  return after;
}

/** The throttle that may be in force: one that was begun may have been set. */
export const throttledTo = ({ throttle, pending }: Counter): number | undefined => throttle?.to ?? pending?.to;

/** Whether there is a throttle to be lifted, or one that may have been set. */
export const mayBeThrottled = (counter: Counter): boolean =>
  throttledTo(counter) !== undefined || counter.pending?.what === 'lift';

/** The same with its throttle to be lifted, and nothing else. Nothing of what was counted is left. */
export function lifting(before: Counter, why: string, now: number): Counter {
  const to = throttledTo(before);
  if (before.pending?.what === 'lift') return before;
  return {
    ...FRESH,
    ...(to === undefined ? {} : { throttle: before.throttle ?? { to, since: now, calm: 0 } }),
    pending: { what: 'lift', why, failed: 0, due: now },
  };
}
