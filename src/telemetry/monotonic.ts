/** Keeps counters going up: a workload that starts again counts from 0, its metric goes on from where it was. */
export class Monotonic {
  private readonly known = new Map<string, { base: number; last: number; instance: string; round: number }>();
  private round = 0;

  /** Before each reading of all counters: those that were not read in the one before are forgotten. */
  begin(): void {
    for (const [key, { round }] of this.known) if (round < this.round) this.known.delete(key);
    this.round += 1;
  }

  /** The counter's value since it was first seen plus what it stood at then. */
  next(key: string, instance: string, value: number): number {
    const before = this.known.get(key);
    const again = before !== undefined && (before.instance !== instance || value < before.last);
    const base = (before?.base ?? 0) + (again ? before.last : 0);
    this.known.set(key, { base, last: value, instance, round: this.round });
    return base + value;
  }
}
