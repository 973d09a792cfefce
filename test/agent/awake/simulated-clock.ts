import type { Clock } from '../../../src/agent/awake/clock.ts';

/** A clock that stands still until it is told to run. */
export interface SimulatedClock extends Clock {
  /** Lets so many ms pass, timer by timer, each with what it sets off. */
  run(ms: number): Promise<void>;
  pause(ms: number): Promise<void>;
}

export function simulatedClock(start = Date.parse('2026-01-01T00:00:00Z')): SimulatedClock {
  let now = 0;
  let order = 0;
  const timers = new Map<number, { at: number; call: () => void }>();
  const setTimer = (call: () => void, ms: number): number => {
    order += 1;
    timers.set(order, { at: now + ms, call });
    return order;
  };
  /** What promises set off, and what real files and the event loop need. */
  const settle = async () => {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => new Date(start + now),
    monotonic: () => now,
    setTimer,
    clearTimer: (timer) => void timers.delete(timer as number),
    pause: (ms) => new Promise((resolve) => void setTimer(resolve, ms)),
    async run(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const next = [...timers].filter(([, { at }]) => at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
        if (next === undefined) break;
        timers.delete(next[0]);
        now = Math.max(now, next[1].at);
        next[1].call();
        await settle();
      }
      now = end;
    },
  };
}
