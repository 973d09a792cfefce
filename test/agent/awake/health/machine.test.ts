import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAPS, WINDOW } from '../../../../src/agent/awake/health/figures.ts';
import { fromKept, toKept } from '../../../../src/agent/awake/health/kept.ts';
import {
  type Case,
  type Down,
  fresh,
  type Input,
  type Rules,
  type Step,
  step,
} from '../../../../src/agent/awake/health/machine.ts';
import type { Json } from '../../../../src/model/json.ts';

const rules = (more: Partial<Rules['policy']> = {}): Rules => ({
  policy: { policy: 'on-failure', maxAttempts: 3, delay: 1, maxDelay: 8, resetAfter: 30, ...more },
  retries: 3,
  startPeriod: 5_000,
  random: () => 0.5,
});
const BAD: Input = { type: 'probed', healthy: false, reason: 'HTTP 500' };
const GOOD: Input = { type: 'probed', healthy: true };
const downAs = (how: Down, engine = false): Input => ({ type: 'down', how, detail: 'exited 1', engine });

/** Feeds one input a second. */
function run(
  one: Case,
  inputs: readonly Input[],
  from = 10_000,
  by = rules(),
): { last: Case; steps: Step[]; at: number } {
  let at = from;
  let last = one;
  const steps = inputs.map((input) => {
    const made = step(last, input, at, by, true);
    last = made.next;
    at += 1_000;
    return made;
  });
  return { last, steps, at };
}
const told = (steps: readonly Step[]): string[] => steps.flatMap((one) => one.told.map(({ type }) => type));
const acts = (steps: readonly Step[]) => steps.flatMap(({ act }) => act ?? []);

describe('how health goes on', () => {
  it('unhealthy only after its retries in a row; then restarted after the delay', () => {
    const { steps, last } = run(fresh('a', 'healthy', 0, 0), [BAD, BAD, GOOD, BAD, BAD, BAD, BAD]);
    expect(told(steps)).toEqual(['health_changed']);
    expect(acts(steps)).toEqual([{ action: 'restart', reason: 'unhealthy: HTTP 500' }]);
    expect(last).toMatchObject({ health: 'unhealthy', acting: true, attempts: 1 });
  });

  it('does not count what fails in the start period of what has just been started', () => {
    const { last } = run(fresh('a', 'starting', 10_000, 10_000), [BAD, BAD, BAD, BAD, BAD]);
    expect(last).toMatchObject({ health: 'starting', failures: 0 });
    expect(run(last, [BAD, BAD, BAD], 15_000).last.health).toBe('unhealthy');
  });

  it('is not restarted when it is well again before', () => {
    const { steps } = run(fresh('a', 'healthy', 0, 0), [BAD, BAD, BAD, GOOD, { type: 'time' }, { type: 'time' }]);
    expect(acts(steps)).toEqual([]);
    expect(told(steps)).toEqual(['health_changed', 'health_changed']);
  });

  it('doubles the delay with each attempt, gives up after the last, and begins anew after it was well for long', () => {
    let one = fresh('a', 'healthy', 0, 0);
    let at = 10_000;
    const delays: number[] = [];
    const types: string[] = [];
    const feed = (input: Input, ms = 0) => {
      at += ms;
      const made = step(one, input, at, rules(), true);
      one = made.next;
      types.push(...made.told.map(({ type }) => type));
      return made;
    };
    for (let attempt = 0; attempt < 4; attempt++) {
      for (let i = 0; i < 3; i++) feed(BAD);
      if (one.next === undefined) break;
      delays.push(one.next.at - at);
      at = one.next.at;
      expect(feed({ type: 'time' }).act?.action).toBe('restart');
      feed({ type: 'acted', done: true }, 1_000);
      expect(one.health).toBe('healthy');
    }
    expect(delays).toEqual([1_000, 2_000, 4_000]);
    expect(types.at(-1)).toBe('workload_given_up');
    expect(one.givenUp).toBe(true);
    feed(GOOD);
    for (let i = 0; i < 3; i++) feed(BAD, 20_000);
    expect(one.next?.at).toBe(at + 1_000);
  });

  it('what could not be tried counts as no attempt; what is hopeless is given up at once', () => {
    const { last, at } = run(fresh('a', 'healthy', 0, 0), [BAD, BAD, BAD, { type: 'time' }, { type: 'time' }]);
    expect(last).toMatchObject({ acting: true, attempts: 1 });
    const late: Input = { type: 'not-acted', message: 'the lock is held', counts: false, hopeless: false };
    expect(step(last, late, at, rules(), true).next).toMatchObject({ attempts: 0, next: { action: 'restart' } });
    const made = step(last, { ...late, hopeless: true }, at, rules(), true);
    expect(made.told.map(({ type }) => type)).toEqual(['workload_given_up']);
    expect(made.next.next).toBeUndefined();
  });

  it.each<[string, Input, Partial<Rules['policy']>, boolean]>([
    ['dead, on-failure', downAs('dead'), {}, true],
    ['dead, no', downAs('dead'), { policy: 'no' }, false],
    ['stopped, on-failure', downAs('stopped'), {}, false],
    ['stopped, always', downAs('stopped'), { policy: 'always' }, true],
    ['gone, always', downAs('gone'), { policy: 'always' }, false],
    ['restarting, always', downAs('restarting'), { policy: 'always' }, false],
    ['stopped by hand, engine, always', downAs('stopped', true), { policy: 'always' }, false],
  ])('down: %s', (_, input, policy, starts) => {
    const { steps } = run(fresh('a', 'none', 0, 0), [input, input, input], 10_000, rules(policy));
    expect(acts(steps).length > 0).toBe(starts);
    expect(told(steps).filter((type) => type === 'workload_ended')).toHaveLength(
      input === undefined || (input as { how: Down }).how === 'restarting' ? 0 : 1,
    );
  });

  it('an engine that starts again by itself has its turn first, and its word when it has had enough', () => {
    const dead = downAs('dead', true);
    expect(acts(run(fresh('a', 'none', 0, 0), Array(9).fill(dead)).steps)).toEqual([]);
    expect(acts(run(fresh('a', 'none', 0, 0), Array(13).fill(dead)).steps)).toHaveLength(1);
    const had = { ...dead, restarts: 3 } as Input;
    const { steps } = run(fresh('a', 'none', 0, 0), Array(13).fill(had));
    expect(acts(steps)).toEqual([]);
    expect(told(steps)).toEqual(['workload_ended', 'workload_given_up']);
  });

  it('flaps after five changes within ten minutes, and no more after ten quiet ones', () => {
    const many: Input[] = Array(FLAPS).fill({ type: 'changed' });
    const { last, steps, at } = run(fresh('a', 'healthy', 0, 0), many);
    expect(told(steps)).toEqual(['flapping']);
    const quiet = step(last, { type: 'time' }, at + WINDOW, rules(), true);
    expect(quiet.told.map(({ type }) => type)).toEqual(['flapping_ended']);
    expect(quiet.next.flapping).toBeUndefined();
  });
});

const input: fc.Arbitrary<Input> = fc.oneof(
  fc.constant(GOOD),
  fc.constant(BAD),
  fc.constant<Input>({ type: 'time' }),
  fc.constant<Input>({ type: 'changed' }),
  fc.nat(2_000_000).map<Input>((at) => ({ type: 'begun', at })),
  fc.record({ type: fc.constant('up' as const), restarts: fc.nat(4) }),
  fc.record({
    type: fc.constant('down' as const),
    how: fc.constantFrom<Down>('dead', 'stopped', 'completed', 'gone', 'restarting'),
    detail: fc.constant('x'),
    engine: fc.boolean(),
    restarts: fc.nat(4),
  }),
  fc.record({ type: fc.constant('acted' as const), done: fc.boolean() }),
  fc.record({
    type: fc.constant('not-acted' as const),
    message: fc.constant('m'),
    counts: fc.boolean(),
    hopeless: fc.boolean(),
  }),
);

describe('whatever happens', () => {
  it('acts one at a time, only when it may and never after it gave up or more often than allowed; survives a kill at any moment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ input, ms: fc.nat(20_000), may: fc.boolean(), killed: fc.boolean() }), { maxLength: 120 }),
        fc.constantFrom<Rules['policy']['policy']>('no', 'on-failure', 'always'),
        fc.nat(4),
        (events, policy, maxAttempts) => {
          const by = rules({ policy, maxAttempts });
          let one = fresh('a', 'healthy', 0, 0);
          let now = 1_000_000;
          for (const { input: seen, ms, may, killed } of events) {
            now += ms;
            const isAnswer = seen.type === 'acted' || seen.type === 'not-acted';
            if (isAnswer !== (one.acting === true) && isAnswer) continue;
            if (killed)
              one = fromKept(JSON.parse(JSON.stringify(toKept(new Map([['w', one]])))) as Json).get('w') as Case;
            const before = JSON.stringify(one);
            const made = step(one, seen, now, by, may);
            expect(JSON.stringify(one)).toBe(before);
            const { next, act } = made;
            if (act !== undefined) {
              expect(may && policy !== 'no').toBe(true);
              expect(next.acting).toBe(true);
              expect(one.acting === true && !isAnswer).toBe(false);
              expect(next.next).toBeUndefined();
            }
            if (maxAttempts > 0) expect(next.attempts).toBeLessThanOrEqual(maxAttempts);
            if (next.givenUp) expect(next.next).toBeUndefined();
            expect(next.failures).toBeLessThanOrEqual(by.retries);
            expect(next.attempts).toBeGreaterThanOrEqual(0);
            if (!next.up) expect(next.downAt).toBeDefined();
            expect(next.changes.length).toBeLessThanOrEqual(4 * FLAPS);
            one = next;
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('what is kept and broken is left out', () => {
    expect([
      ...fromKept({ a: { stamp: 1 }, b: 7, c: toKept(new Map([['x', fresh('s', 'none', 0, 0)]])) } as Json),
    ]).toEqual([]);
    expect([...fromKept('nonsense')]).toEqual([]);
  });
});
