import type { Step } from '../model/plan.ts';

/**
 * The steps by the earliest wave in which each could run, by code unit within a wave. Ids of steps on a cycle, and of those
 * behind one, are missing; so are those that depend on something that is not there.
 */
export function wavesOf(steps: readonly Step[]): string[][] {
  const waiting = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  let free: string[] = [];
  for (const { id, dependsOn } of steps) {
    waiting.set(id, dependsOn.length);
    if (dependsOn.length === 0) free.push(id);
    for (const before of dependsOn) {
      const list = dependents.get(before);
      if (list === undefined) dependents.set(before, [id]);
      else list.push(id);
    }
  }
  const waves: string[][] = [];
  while (free.length > 0) {
    waves.push(free.sort());
    const next: string[] = [];
    for (const id of free) {
      for (const dependent of dependents.get(id) ?? []) {
        const left = (waiting.get(dependent) ?? 0) - 1;
        waiting.set(dependent, left);
        if (left === 0) next.push(dependent);
      }
    }
    free = next;
  }
  return waves;
}
