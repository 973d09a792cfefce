/** Keeps counters going up: a workload that starts again counts from 0, its metric goes on from where it was. */
export class Monotonic {
  private readonly known = new Map<string, Map<string, { base: number; last: number; instance: string }>>();

  /** Forgets all workloads but these. What is not known of one for a while goes on as it was. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.known.keys()) if (!ids.has(id)) this.known.delete(id);
  }

  /** The counter's value since it was first seen plus what it stood at then. */
  next(id: string, counter: string, instance: string, value: number): number {
    const counters = this.known.get(id) ?? new Map<string, { base: number; last: number; instance: string }>();
    this.known.set(id, counters);
    const before = counters.get(counter);
    const again = before !== undefined && (before.instance !== instance || value < before.last);
    const base = (before?.base ?? 0) + (again ? before.last : 0);
    counters.set(counter, { base, last: value, instance });
    return base + value;
  }
}
