import type { WorkloadRecord } from '../../../model/record.ts';
import type { Awake, Watched } from '../contract.ts';
import { endsIt } from './counter.ts';
import type { Enforcer } from './enforcer.ts';
import { LATEST } from './figures.ts';
import type { Entry } from './kept.ts';

/** Ends that were due, or under way, when the agent before this one was ended: tells what became of each. */
export class Begun {
  private readonly awake: Pick<Awake, 'monotonic' | 'watched'>;
  private readonly enforcer: Enforcer;
  /** Since when it is seen to run on, by key. ms, of a clock that only goes forward */
  private readonly runsSince = new Map<string, number>();

  constructor(awake: Pick<Awake, 'monotonic' | 'watched'>, enforcer: Enforcer) {
    this.awake = awake;
    this.enforcer = enforcer;
  }

  /** Nobody else is at work, and it runs as it did: after a while that is how it stays. */
  look(key: string, { record }: Watched, entry: Entry): void {
    if (entry.begun === undefined) return;
    const now = this.awake.monotonic();
    const since = this.runsSince.get(key) ?? now;
    this.runsSince.set(key, since);
    // What this agent does itself is told as that.
    if (now - since < LATEST || endsIt(entry.counter.pending)) return;
    this.enforcer.notEnded(record.id, entry.rule, entry.begun, 'was not done: it runs on, and is counted anew');
    this.forget(key, entry);
  }

  /** It is done with, and not because this agent did it. `why`: it does not run, or is no longer what was to be ended. */
  over(key: string, { record }: Watched, entry: Entry, why: string): void {
    // Half-way: whoever goes on with it says how it ends.
    if (entry.begun === undefined || record.state === 'STOPPING') return;
    if (
      record.state === 'RUNNING' ||
      !this.enforcer.endedBefore(record, entry.rule, entry.begun, this.dependents(record))
    )
      this.enforcer.notEnded(record.id, entry.rule, entry.begun, `is not known to have been done: ${why}`);
    this.forget(key, entry);
  }

  forget(key: string, entry: Entry): void {
    this.runsSince.delete(key);
    delete entry.begun;
  }

  /** All that need it, over others too. */
  private dependents({ id }: WorkloadRecord): WorkloadRecord[] {
    const found = new Map<string, WorkloadRecord>();
    const needed = [id];
    for (const one of needed) {
      for (const { record } of this.awake.watched.values()) {
        if (record.id === id || found.has(record.id) || !record.dependencies.some((other) => other.id === one))
          continue;
        found.set(record.id, record);
        needed.push(record.id);
      }
    }
    return [...found.values()];
  }
}
