import type { PlanSummary, WorkloadChange } from '../model/plan.ts';

/** Counts changes as Terraform counts: a replace is one add and one destroy, everything in place is a change; what is refused or has no step is nothing. */
export function summarise(changes: readonly Pick<WorkloadChange, 'action' | 'refused'>[]): PlanSummary {
  const summary: PlanSummary = { add: 0, change: 0, destroy: 0, forget: 0 };
  for (const { action, refused } of changes) {
    if (refused !== undefined) continue;
    switch (action) {
      case 'no-op':
        break;
      case 'create':
        summary.add += 1;
        break;
      case 'replace':
      case 'create-before-destroy':
        summary.add += 1;
        summary.destroy += 1;
        break;
      case 'delete':
        summary.destroy += 1;
        break;
      case 'forget':
        summary.forget += 1;
        break;
      case 'update':
      case 'restart':
      case 'start':
      case 'stop':
      case 'pause':
      case 'resume':
      case 'wait':
        summary.change += 1;
        break;
    }
  }
  return summary;
}
