import type { Clock } from './clock.ts';

/** Lateness of the last ticks that the p99 is taken of. */
const KEPT = 600;

/** Calls something at fixed times, never twice at once: a time that comes while the call before still runs is missed, and counted. */
export class Ticker {
  private readonly every: () => number;
  private readonly call: () => Promise<void>;
  private readonly clock: Clock;
  private timer: unknown;
  private readonly late: number[] = [];
  private ticks = 0;
  /** Ticks that were left out so far. */
  missed = 0;
  private next = 0;

  /** `every`: ms, asked before each. */
  constructor(every: () => number, call: () => Promise<void>, clock: Clock) {
    this.every = every;
    this.call = call;
    this.clock = clock;
  }

  start(): void {
    this.next = this.clock.monotonic();
    this.wait();
  }

  stop(): void {
    this.clock.clearTimer(this.timer);
    this.timer = undefined;
  }

  figures(): { interval: number; ticks: number; missed: number; jitterP99: number } {
    const sorted = [...this.late].sort((a, b) => a - b);
    const jitterP99 = Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
    return { interval: this.every() / 1000, ticks: this.ticks, missed: this.missed, jitterP99 };
  }

  private wait(): void {
    this.timer = this.clock.setTimer(() => void this.ring(), Math.max(0, this.next - this.clock.monotonic()));
  }

  private async ring(): Promise<void> {
    // A ring: the oldest is written over.
    this.late[this.ticks % KEPT] = this.clock.monotonic() - this.next;
    this.ticks += 1;
    try {
      await this.call();
    } finally {
      if (this.timer !== undefined) this.goOn();
    }
  }

  private goOn(): void {
    const every = this.every();
    this.next += every;
    const behind = Math.floor((this.clock.monotonic() - this.next) / every);
    if (behind > 0) {
      this.missed += behind;
      this.next += behind * every;
    }
    this.wait();
  }
}
