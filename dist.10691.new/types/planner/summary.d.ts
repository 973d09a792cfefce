import type { PlanSummary, WorkloadChange } from '../model/plan.ts';
/** Counts changes as Terraform counts: a replace is one add and one destroy, everything in place is a change; what is refused or has no step is nothing. */
export declare function summarise(changes: readonly Pick<WorkloadChange, 'action' | 'refused'>[]): PlanSummary;
