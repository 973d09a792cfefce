import type { WorkloadRecord } from '../model/record.ts';

type Records = Record<string, WorkloadRecord>;
type Graph = Record<string, Pick<WorkloadRecord, 'dependencies'>>;

/** A cycle among the recorded dependencies as a list of ids, each depending on the next and the last on the first; or undefined. */
export function findCycle(workloads: Graph): string[] | undefined {
  const done = new Set<string>();
  const onPath = new Set<string>();
  for (const root of Object.keys(workloads)) {
    if (done.has(root)) continue;
    // An explicit stack: chains of thousands must not overflow the call stack.
    const path: { id: string; next: number }[] = [{ id: root, next: 0 }];
    onPath.add(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const dependency = workloads[top.id]?.dependencies[top.next++];
      if (dependency === undefined) {
        done.add(top.id);
        onPath.delete(top.id);
        path.pop();
        continue;
      }
      const id = dependency.id;
      if (onPath.has(id)) return path.slice(path.findIndex((step) => step.id === id)).map((step) => step.id);
      if (done.has(id) || !Object.hasOwn(workloads, id)) continue;
      onPath.add(id);
      path.push({ id, next: 0 });
    }
  }
  return undefined;
}

/**
 * Cuts every cycle in place, at the record that was written longest ago, and gives the cut edges. A run that turns a
 * dependency round (a on b becomes b on a) and ends half-way leaves one: descriptors have none, so the older record's edge is the outdated one.
 */
export function cutCycles(workloads: Records): { from: string; to: string }[] {
  const cut: { from: string; to: string }[] = [];
  for (let cycle = findCycle(workloads); cycle !== undefined; cycle = findCycle(workloads)) {
    const ids = cycle;
    const age = (id: string): string => workloads[id]?.updatedAt ?? '';
    const from = ids.reduce((oldest, id) => (age(id) < age(oldest) ? id : oldest));
    const to = ids[(ids.indexOf(from) + 1) % ids.length] ?? from;
    const record = workloads[from];
    if (record === undefined) throw new Error(`cycle through ${from}, which is not recorded`);
    workloads[from] = { ...record, dependencies: record.dependencies.filter((dependency) => dependency.id !== to) };
    cut.push({ from, to });
  }
  return cut;
}

/** Dependencies on workloads that are not recorded, optional ones aside. */
export function danglingDependencies(workloads: Records): { from: string; to: string }[] {
  const found: { from: string; to: string }[] = [];
  for (const record of Object.values(workloads))
    for (const { id, optional } of record.dependencies)
      if (!optional && !Object.hasOwn(workloads, id)) found.push({ from: record.id, to: id });
  return found;
}
