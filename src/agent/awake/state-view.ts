import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { canonical } from '../../model/json.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import { localStore } from '../../state/local.ts';
import type { Watched } from './contract.ts';

/** While a run writes its journal, the state is read this often at most. ms */
const SETTLE = 2_000;

/** The project's state as the agent sees it: read anew when its files have changed, never written. */
export class StateView {
  watched: ReadonlyMap<string, Watched> = new Map();
  /** It was read once. */
  known = false;
  /** Another run holds the lock. */
  busy = false;
  /** When the last look began of which all is known that was written before it. */
  lookedAt = Number.NEGATIVE_INFINITY;
  private readonly folder: string;
  private readonly store;
  private stamp = 'never read';
  private readAt = Number.NEGATIVE_INFINITY;

  constructor(project: string, pjVersion: string) {
    this.folder = join(project, '.pj');
    this.store = localStore({ dir: project, pjVersion });
  }

  /** True when what is watched is another map now. Throws for a state that cannot be read; then the one before stays. */
  async look(monotonic: number): Promise<boolean> {
    this.busy = stampOf(join(this.folder, 'lock.json')) !== '' && (await this.store.holder()) !== undefined;
    const stamp = ['state.json', 'journal.ndjson'].map((name) => stampOf(join(this.folder, name))).join(' ');
    if (stamp === this.stamp) {
      this.lookedAt = monotonic;
      return false;
    }
    if (this.busy && monotonic - this.readAt < SETTLE) return false;
    this.readAt = monotonic;
    const { snapshot } = await this.store.load();
    this.stamp = stamp;
    this.known = true;
    this.lookedAt = monotonic;
    const records = Object.values(snapshot?.workloads ?? {});
    this.watched = new Map(records.map((record) => [record.id, { record, instance: instanceOf(record) }]));
    return true;
  }
}

/** Another one for whatever else runs under that id. Journal and snapshot hold the same handle with its keys in another order. */
export function instanceOf({ generation, handle }: WorkloadRecord): string {
  return createHash('sha256')
    .update(canonical([generation, handle]))
    .digest('hex')
    .slice(0, 16);
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}-${stat.size}-${stat.mtimeMs}`;
}
