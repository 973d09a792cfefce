import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../../src/agent/awake/clock.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
/** Longest that a tick may wait for real files. ms */
const STUCK = 20_000;
/** Longest that a file that is being read or written is waited for. ms */
const SLOW_FILE = 1_000;

interface Timer {
  at: number;
  call: () => void;
  owner: object;
}

/** Simulated time: it goes on from timer to timer as fast as what they set off is through. */
export class DayClock {
  /** ms since the beginning. */
  time = 0;
  /** By how much the wall clock was set. ms */
  shift = 0;
  private order = 0;
  private readonly timers = new Map<number, Timer>();
  private readonly dropped = new WeakSet<object>();

  get pending(): number {
    return this.timers.size;
  }

  /** A clock whose timers are dropped together. */
  of(owner: object): Clock {
    return {
      now: () => this.wall(),
      monotonic: () => this.time,
      setTimer: (call, ms) => this.setTimer(call, ms, owner),
      clearTimer: (timer) => void this.timers.delete(timer as number),
    };
  }

  wall = (): Date => new Date(START + this.time + this.shift);

  setTimer(call: () => void, ms: number, owner: object = this): number {
    this.order += 1;
    if (!this.dropped.has(owner)) this.timers.set(this.order, { at: this.time + Math.max(0, ms), call, owner });
    return this.order;
  }

  /** As if that process had been killed. */
  drop(owner: object): void {
    this.dropped.add(owner);
    for (const [key, timer] of this.timers) if (timer.owner === owner) this.timers.delete(key);
  }

  pause = (ms: number): Promise<void> => new Promise((resolve) => void this.setTimer(resolve, ms));

  /** Runs until then. `awaited`: whoever must have a timer; time stands still while it has none, as it waits for a real file. */
  async until(end: number, awaited: () => object | undefined): Promise<void> {
    for (;;) {
      await turn();
      await filesDone();
      if (!this.hasTimer(awaited())) await this.wait(awaited);
      const next = this.next();
      if (next === undefined || next[1].at > end) break;
      this.timers.delete(next[0]);
      this.time = Math.max(this.time, next[1].at);
      next[1].call();
    }
    this.time = Math.max(this.time, end);
  }

  /** Runs until that has come to its end, which needs real files and simulated time. */
  async through<T>(work: Promise<T>, awaited: () => object | undefined = () => undefined): Promise<T> {
    let over = false;
    const done = work.finally(() => (over = true));
    done.catch(() => undefined);
    while (!over) await this.until(this.time + 20, awaited);
    return done;
  }

  private async wait(awaited: () => object | undefined): Promise<void> {
    const begun = performance.now();
    while (!this.hasTimer(awaited())) {
      if (performance.now() - begun > STUCK) throw new Error(`the watch has had no timer for ${STUCK} ms`);
      await turn();
    }
  }

  private hasTimer(owner: object | undefined): boolean {
    if (owner === undefined) return true;
    for (const timer of this.timers.values()) if (timer.owner === owner) return true;
    return false;
  }

  private next(): [number, Timer] | undefined {
    let next: [number, Timer] | undefined;
    for (const entry of this.timers) if (next === undefined || entry[1].at < next[1].at) next = entry;
    return next;
  }
}

/** On a busy machine a file takes as long as minutes of simulated time: it would have gone on between a look at the lock and what is done upon it. */
async function filesDone(): Promise<void> {
  const begun = performance.now();
  while (process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'))) {
    if (performance.now() - begun > SLOW_FILE) return;
    await turn();
  }
}
