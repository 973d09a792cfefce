import type { Orphan, Step, WorkloadChange } from '../model/plan.ts';
import type { PlannerInput } from './input.ts';
import type { OwnSteps } from './steps.ts';

/**
 * Adds the steps that remove orphans, where that was asked for, to the steps of the workloads whose ids they bear, and gives those that go. What is
 * made under the same identity waits for them; what others use (networks, volumes, host JVMs) goes after those that may use it. Kept volumes go only where lost data
 * is allowed.
 */
export function prune(input: PlannerInput, steps: Map<string, OwnSteps>): Orphan[] {
  const { prune: asked, destroyVolumes, allowDataLoss, mode } = input.options;
  if (!asked || mode === 'refresh-only' || mode === 'imperative') return [];
  const going = input.orphans.filter((orphan) => !orphan.kept || (destroyVolumes && allowDataLoss));
  const users: string[] = [];
  for (const orphan of going.toSorted(usersFirst)) {
    const { id, generation } = orphan;
    const own = steps.get(id) ?? { leftovers: [], all: [] };
    steps.set(id, own);
    const isUser = !isUsed(orphan);
    const step: Step = {
      id: `destroy ${id}@${generation}`,
      workload: id,
      action: 'destroy',
      generation,
      dependsOn: isUser ? [] : [...users].sort(),
      cause: { type: 'orphan' },
      ...(orphan.kept && { dataLoss: [`volume ${orphan.name ?? id}`] }),
    };
    if (isUser) users.push(step.id);
    own.all.push(step);
    if (own.create?.generation === generation) own.create.dependsOn = [...own.create.dependsOn, step.id].sort();
  }
  return going;
}

/** What the plan tells of an orphan whose id no workload bears. */
export function orphanChange(orphan: Orphan, steps: ReadonlyMap<string, OwnSteps>): WorkloadChange {
  const own = steps.get(orphan.id)?.all ?? [];
  return {
    id: orphan.id,
    kind: orphan.kind,
    provider: orphan.provider,
    action: 'delete',
    causes: [{ type: 'orphan' }],
    differences: [],
    forcedBy: [],
    downtime: orphan.status === 'running' && orphan.kind !== 'network' && orphan.kind !== 'volume',
    dataLoss: own.flatMap((step) => step.dataLoss ?? []),
    steps: own.map((step) => step.id),
    before: {},
    after: null,
  };
}

const isUsed = ({ kind }: Orphan): boolean => kind === 'network' || kind === 'volume' || kind === 'jvm';

function usersFirst(a: Orphan, b: Orphan): number {
  return Number(isUsed(a)) - Number(isUsed(b)) || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.generation - b.generation);
}
