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
      if (record === undefined || attempt?.left === digest || now < (attempt?.nextAt ?? 0)) continue;
      const restarts = finding.what === 'stopped' && restartPolicy(record.spec).policy !== 'no';
      once.set(id, digest);
      if (restarts && this.seenOnce.get(id) !== digest) later = true;
      else ids.push(id);
    }
    this.seenOnce = once;
    return { ids, later };
  }

  /** Notes an attempt before it is made. `interval`: seconds between two looks. */
  begin(ids: readonly string[], interval: number): void {
    const lastAt = this.awake.now().getTime();
    for (const id of ids) {
      const tries = (this.attempts.get(id)?.tries ?? 0) + 1;
      // The first time may be chance: the next look may heal it once more at once.
      const pause =
        tries === 1 ? 0 : Math.min(LONGEST, interval * 1000 * 2 ** (tries - 1)) * (0.9 + this.awake.random() * 0.2);
      this.attempts.set(id, { tries, lastAt, nextAt: lastAt + pause });
    }
  }

  /** Healing does nothing about this drift of it: it is not tried again until that is another. */
  leave(finding: Finding): void {
    const attempt = this.attempts.get(finding.id);
    if (attempt !== undefined) attempt.left = digestOf(finding);
  }

  triesOf(id: string): number {
    return this.attempts.get(id)?.tries ?? 0;
  }
}
