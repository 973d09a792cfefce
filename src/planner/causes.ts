import { canonical, type JsonObject } from '../model/json.ts';
import type { Cause, Difference, UpdateClass } from '../model/plan.ts';

const CLASS_WEIGHT: Record<UpdateClass, number> = { live: 1, restart: 2, replace: 3 };

/** The heaviest class of some differences, or undefined where there are none. */
export function heaviest(differences: readonly Difference[]): UpdateClass | undefined {
  let most: UpdateClass | undefined;
  for (const { updateClass } of differences) {
    if (most === undefined || CLASS_WEIGHT[updateClass] > CLASS_WEIGHT[most]) most = updateClass;
  }
  return most;
}

/** Causes without repetition, the weightiest first: what takes the workload down before what does not, then by kind of cause. */
export function orderedCauses(causes: readonly Cause[], differences: readonly Difference[]): Cause[] {
  const weights = new Map<string, { cause: Cause; weight: number }>();
  const add = (cause: Cause, weight: number): void => {
    const key = canonical(cause as JsonObject);
    if ((weights.get(key)?.weight ?? -1) < weight) weights.set(key, { cause, weight });
  };
  for (const cause of causes) add(cause, weightOf(cause));
  for (const { cause, updateClass } of differences) add(cause, CLASS_WEIGHT[updateClass]);
  return [...weights]
    .sort(
      ([aKey, a], [bKey, b]) =>
        b.weight - a.weight || RANK[a.cause.type] - RANK[b.cause.type] || (aKey < bKey ? -1 : 1),
    )
    .map(([, { cause }]) => cause);
}

const RANK: Record<Cause['type'], number> = {
  removed: 0,
  orphan: 0,
  requested: 1,
  failed: 2,
  drift: 3,
  configured: 4,
  dependency: 5,
  desiredState: 6,
  interrupted: 7,
  unhealthy: 8,
};

function weightOf(cause: Cause): number {
  switch (cause.type) {
    case 'removed':
    case 'orphan':
    case 'requested':
    case 'failed':
      return 3;
    case 'drift':
      return cause.what === 'gone' ? 3 : 2;
    case 'configured':
    case 'dependency':
    case 'desiredState':
      return 2;
    case 'interrupted':
      return 1;
    case 'unhealthy':
      return 0;
  }
}
