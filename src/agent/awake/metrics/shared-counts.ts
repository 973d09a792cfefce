import type { Awake } from '../contract.ts';
import { Counts } from './counts.ts';
import type { Tally } from './tally.ts';

/** The counts of one watch, for one of those that show them. */
export interface SharedCounts {
  readonly tally: Tally;
  tick(): void;
  /** They are kept and closed with the last that lets go. */
  release(): void;
}

const open = new WeakMap<Awake, { counts: Counts; users: number }>();

/** Two that read and keep the same would each count for itself, and overwrite what the other has kept. */
export function shareCounts(awake: Awake): SharedCounts {
  const shared = open.get(awake) ?? { counts: new Counts(awake), users: 0 };
  open.set(awake, shared);
  shared.users += 1;
  let released = false;
  return {
    tally: shared.counts.tally,
    tick: () => shared.counts.tick(),
    release() {
      if (released) return;
      released = true;
      shared.users -= 1;
      if (shared.users > 0) return;
      open.delete(awake);
      shared.counts.end();
    },
  };
}
