/** Lateness of the last ticks that the p99 is taken of. */
const KEPT = 600;

/** Calls something at fixed times, never twice at once: a time that comes while the call before still runs is missed, and counted. */
export class Ticker {
  private readonly every: () => number;
  private readonly call: () => Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  private readonly late: number[] = [];
  private ticks = 0;
  private missed = 0;
  private next = 0;

  /** `every`: ms, asked before each. */
  constructor(every: () => number, call: () => Promise<void>) {
    this.every = every;
    this.call = call;
  }

  start(): void {
    this.next = performance.now();
    this.wait();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  figures(): { interval: number; ticks: number; missed: number; jitterP99: number } {
    const sorted = [...this.late].sort((a, b) => a - b);
    const jitterP99 = Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
    return { interval: this.every() / 1000, ticks: this.ticks, missed: this.missed, jitterP99 };
  }

  private wait(): void {
    this.timer = setTimeout(() => void this.ring(), Math.max(0, this.next - performance.now()));
    this.timer.unref();
  }

  private async ring(): Promise<void> {
    this.late.push(performance.now() - this.next);
    if (this.late.length > KEPT) this.late.shift();
    this.ticks += 1;
    await this.call();
    if (this.timer === undefined) return;
    const every = this.every();
    this.next += every;
    const behind = Math.floor((performance.now() - this.next) / every);
    if (behind > 0) {
      this.missed += behind;
      this.next += behind * every;
    }
    this.wait();
  }
}
