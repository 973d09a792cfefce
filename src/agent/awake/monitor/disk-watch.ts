import { DiskWalk } from '../../../os/counters/disk-use.ts';
import type { Clock } from '../clock.ts';
import type { Tracked } from './tracked.ts';

/** From the end of one walk to the next of the same workload. ms */
const REST = 10_000;
/** A walk works so long, and pauses so long: a twentieth of a core at most, however large the folders are. ms */
const WORK = 3;
const PAUSE = 60;

/** Measures what workloads take on disk, one after the other. */
export class DiskWatch {
  private readonly clock: Clock;
  private readonly done = new WeakMap<Tracked, number>();
  private walk: DiskWalk | undefined;
  private timer: unknown;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Begins the next walk that is due, unless one is under way. */
  tick(all: Iterable<Tracked>): void {
    if (this.walk !== undefined) return;
    const now = this.clock.monotonic();
    let next: Tracked | undefined;
    for (const one of all) {
      if (one.disk.length === 0) continue;
      const at = this.done.get(one) ?? Number.NEGATIVE_INFINITY;
      if (now - at < REST) continue;
      if (next === undefined || at < (this.done.get(next) ?? Number.NEGATIVE_INFINITY)) next = one;
    }
    if (next === undefined) return;
    this.walk = new DiskWalk(next.disk);
    this.goOn(next, this.walk);
  }

  /** Gives up the walk that is under way. */
  close(): void {
    this.walk?.close();
    this.walk = undefined;
    this.clock.clearTimer(this.timer);
  }

  private goOn(one: Tracked, walk: DiskWalk): void {
    if (this.walk !== walk) return;
    if (!walk.step(WORK)) {
      this.timer = this.clock.setTimer(() => this.goOn(one, walk), PAUSE);
      return;
    }
    one.diskUsed = walk.total;
    this.done.set(one, this.clock.monotonic());
    this.walk = undefined;
  }
}
