/** Time, as the watch uses it: a simulation gives its own. */
export interface Clock {
  now(): Date;
  /** Milliseconds that only go forward. */
  monotonic(): number;
  /** Calls once, after so many milliseconds; keeps no process alive. */
  setTimer(call: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
}

export const realClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  setTimer: (call, ms) => setTimeout(call, ms).unref(),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
