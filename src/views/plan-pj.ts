import type { Plan, WorkloadChange } from '../model/plan.ts';
import type { Kind } from '../model/workload.ts';
import { address } from './address.ts';
import type { Effects, PlanPj, StepJson } from './plan-json-types.ts';

/** Gives the address of a workload by its id; the bare id where the plan does not know it. */
export type AddressOf = (id: string) => string;

/** Addresses of workloads by id. */
export function addresses(workloads: Iterable<{ id: string; kind: Kind }>): AddressOf {
  const kinds = new Map<string, Kind>();
  for (const { id, kind } of workloads) kinds.set(id, kind);
  return (id) => {
    const kind = kinds.get(id);
    return kind === undefined ? id : address(kind, id);
  };
}

/** What only pj knows of a plan, as programs read it. */
export function planPj(plan: Plan): PlanPj {
  const addressOf = plan.steps.length === 0 ? (id: string) => id : addresses(plan.changes);
  return {
    version: plan.pjVersion,
    mode: plan.mode,
    project: plan.project,
    lineage: plan.lineage,
    serial: plan.serial,
    options: plan.options,
    summary: plan.summary,
    effects: effectsOf(plan.changes),
    waves: plan.waves,
    steps: plan.steps.map(
      (step): StepJson => ({
        id: step.id,
        workload: step.workload,
        address: addressOf(step.workload),
        action: step.action,
        generation: step.generation,
        depends_on: step.dependsOn,
        ...(step.condition !== undefined && { condition: step.condition }),
        ...(step.recordOnly === true && { record_only: true as const }),
        cause: step.cause,
        ...(step.dataLoss !== undefined && { data_loss: step.dataLoss }),
      }),
    ),
    moved: plan.moved,
    orphans: plan.orphans.map((orphan) => ({ ...orphan, address: address(orphan.kind, orphan.id) })),
    warnings: plan.warnings,
    observed_digests: plan.observedDigests,
    ...(plan.digestKeyId !== undefined && { digest_key_id: plan.digestKeyId }),
  };
}

/** What the changes mean for those who use the workloads. */
function effectsOf(changes: readonly WorkloadChange[]): Effects {
  const effects: Effects = { restarts: [], goes_down: [], stays_down: [], loses_data: [], refused: [] };
  for (const change of changes) {
    if (change.action === 'restart') effects.restarts.push(change.id);
    else if (change.downtime) {
      const gone = change.action === 'delete' || change.action === 'stop' || change.action === 'pause';
      (gone ? effects.stays_down : effects.goes_down).push(change.id);
    }
    if (change.dataLoss.length > 0) effects.loses_data.push({ id: change.id, what: change.dataLoss });
    if (change.refused !== undefined) effects.refused.push({ id: change.id, ...change.refused });
  }
  return effects;
}
