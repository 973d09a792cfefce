import type { Plan } from '../model/plan.ts';
import { leavesOf, type Part, partsOf, sensitiveSources } from '../model/template.ts';

/** The templates in a plan's specs that hold something sensitive. */
export function sensitivePartsOf(plan: Plan): Part[][] {
  return Object.values(plan.workloads).flatMap((workload) =>
    leavesOf(workload.spec)
      .map(partsOf)
      .filter((parts) => sensitiveSources(parts).length > 0),
  );
}
