import { isObject, type Json } from '../../../model/json.ts';
import type { Awake } from '../contract.ts';
import { ActivityTail, type TailPosition } from './tail.ts';
import { count, prune, readTally, type Tally } from './tally.ts';

/** How often what was counted is kept at most. ms: each is a flush of the disk, and what came since is counted anew from the file. */
const KEEP = 10_000;
/** Reads of a file at the beginning, of 1 MiB each; the rest comes with the ticks. */
const CATCH_UP = 64;

/** Counts the project's events over the agent's end: with the counts it keeps how far it has read, so that none is lost and none counted twice. */
export class Counts {
  readonly tally: Tally;
  private readonly awake: Awake;
  private readonly tail: ActivityTail;
  private keptAt = Number.NEGATIVE_INFINITY;
  private changed = false;

  constructor(awake: Awake) {
    this.awake = awake;
    const kept = awake.keep('metrics').read();
    const [tally, from] = isObject(kept) ? [kept['tally'], positionOf(kept['read'])] : [];
    // Counts without how far they go would count all of it twice.
    this.tally = readTally(from === undefined ? undefined : tally);
    this.tail = new ActivityTail(awake.project, from);
    for (let i = 0; i < CATCH_UP && this.read(); i++);
    this.tally.since ??= awake.now().getTime();
  }

  tick(): void {
    this.read();
    if (this.changed && this.awake.monotonic() - this.keptAt >= KEEP) this.keep();
  }

  end(): void {
    try {
      this.read();
      if (this.changed) this.keep();
    } finally {
      this.tail.close();
    }
  }

  /** True where there is more. */
  private read(): boolean {
    const { events, more } = this.tail.read();
    const enforced = (id: string, resource: string): string | undefined => {
      const all = this.awake.watched.get(id)?.record.spec.resources?.enforcement ?? {};
      return Object.entries(all).find(([name]) => name === resource)?.[1].action;
    };
    for (const event of events) count(this.tally, event, enforced);
    this.changed ||= events.length > 0;
    return more;
  }

  private keep(): void {
    const read = this.tail.position;
    if (read === undefined) return;
    this.keptAt = this.awake.monotonic();
    this.changed = false;
    if (this.awake.watched.size > 0) prune(this.tally, (id) => this.awake.watched.has(id));
    this.awake.keep('metrics').write({ tally: this.tally as unknown as Json, read: { ...read } });
  }
}

function positionOf(value: Json | undefined): TailPosition | undefined {
  if (!isObject(value)) return undefined;
  const { inode, offset, after } = value;
  const whole = typeof inode === 'number' && typeof offset === 'number' && typeof after === 'number';
  return whole ? { inode, offset, after } : undefined;
}
