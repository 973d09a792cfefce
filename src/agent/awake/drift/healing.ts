import { isObject, type Json } from '../../../model/json.ts';
import { restartPolicy } from '../../../model/spec.ts';
import type { Awake } from '../contract.ts';
import { digestOf, type Finding } from './look.ts';

/** Longest pause between two attempts to heal one workload. ms */
const LONGEST = 3_600_000;
/** What has drifted not once more for so long starts from the beginning. ms */
const FORGOTTEN = 2 * LONGEST;

/** How often one workload was healed of late, and when it may be next. `left`: the digest of a drift that healing leaves as it is. */
export type Attempt = { tries: number; lastAt: number; nextAt: number; left?: string };

/** Which drift is healed when: what drifts again and again is healed more and more seldom, whether healing it works or not. */
export class Healing {
  private readonly awake: Awake;
  private readonly attempts = new Map<string, Attempt>();
  private seenOnce = new Map<string, string>();
  private before = new Map<string, Attempt | undefined>();

  constructor(awake: Awake) {
    this.awake = awake;
  }

  take(kept: Json | undefined): void {
    if (!isObject(kept)) return;
    for (const [id, value] of Object.entries(kept)) {
      if (!isObject(value)) continue;
      const { tries, lastAt, nextAt, left } = value;
      if (typeof tries !== 'number' || typeof lastAt !== 'number' || typeof nextAt !== 'number') continue;
      this.attempts.set(id, { tries, lastAt, nextAt, ...(typeof left === 'string' ? { left } : {}) });
    }
  }

  toKeep(): { [id: string]: Attempt } {
    return Object.fromEntries(this.attempts);
  }

  /**
   * Those of the findings that are to be healed now. `later`: something is left to who restarts it by its policy, and is healed should it still be so at the
   * next look, which is to come soon.
   */
  due(findings: readonly Finding[]): { ids: string[]; later: boolean } {
    const now = this.awake.now().getTime();
    for (const [id, { lastAt }] of this.attempts) if (now - lastAt > FORGOTTEN) this.attempts.delete(id);
    const once = new Map<string, string>();
    const ids: string[] = [];
    let later = false;
    for (const finding of findings) {
      const { id } = finding;
      const digest = digestOf(finding);
      const attempt = this.attempts.get(id);
      const record = this.awake.watched.get(id)?.record;
      if (record === undefined || attempt?.left === digest || isPaused(attempt, now)) continue;
      const restarts = finding.what === 'stopped' && restartPolicy(record.spec).policy !== 'no';
      once.set(id, digest);
      if (restarts && this.seenOnce.get(id) !== digest) later = true;
      else ids.push(id);
    }
    this.seenOnce = once;
    return { ids: this.withoutWaiting(ids, findings), later };
  }

  /** Notes an attempt before it is made. `interval`: seconds between two looks. */
  begin(ids: readonly string[], interval: number): void {
    const lastAt = this.awake.now().getTime();
    this.before = new Map(ids.map((id) => [id, this.attempts.get(id)]));
    for (const id of ids) {
      const tries = (this.attempts.get(id)?.tries ?? 0) + 1;
      // The first time may be chance: the next look may heal it once more at once.
      const pause =
        tries === 1 ? 0 : Math.min(LONGEST, interval * 1000 * 2 ** (tries - 1)) * (0.9 + this.awake.random() * 0.2);
      this.attempts.set(id, { tries, lastAt, nextAt: lastAt + pause });
    }
  }

  /** The attempt that was begun last was none: nothing was tried, as somebody else held the lock. */
  undo(): void {
    for (const [id, attempt] of this.before) {
      if (attempt === undefined) this.attempts.delete(id);
      else this.attempts.set(id, attempt);
    }
    this.before.clear();
  }

  /** Healing does nothing about this drift of it: it is not tried again until that is another. */
  leave(finding: Finding): void {
    const attempt = this.attempts.get(finding.id);
    if (attempt !== undefined) attempt.left = digestOf(finding);
  }

  triesOf(id: string): number {
    return this.attempts.get(id)?.tries ?? 0;
  }

  /** Those that need what is down and is not healed now itself come when that does. */
  private withoutWaiting(ids: readonly string[], findings: readonly Finding[]): string[] {
    const down = new Set(findings.flatMap(({ id, what }) => (what === 'changed' ? [] : [id])));
    let now = [...ids];
    for (;;) {
      const turn = new Set(now);
      const waits = (id: string): boolean =>
        this.awake.watched.get(id)?.record.dependencies.some((on) => down.has(on.id) && !turn.has(on.id)) === true;
      const next = now.filter((id) => !waits(id));
      if (next.length === now.length) return next;
      now = next;
    }
  }
}

/** A clock that was set back would hold it up for as long: then it does not count. */
const isPaused = (attempt: Attempt | undefined, now: number): boolean =>
  attempt !== undefined && now < attempt.nextAt && now >= attempt.lastAt;
