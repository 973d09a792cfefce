import type { ApplyResult, StepResult } from '../model/event.ts';
import type { Plan, PlanSummary, WorkloadChange } from '../model/plan.ts';

/** What a result is made from. */
export interface Report {
  plan: Plan;
  /** In plan order. */
  steps: StepResult[];
  rolledBack: string[];
  /** Ctrl-C came. */
  interrupted: boolean;
  elapsedMs: number;
}

/** What an apply came to. */
export function resultOf(report: Report): ApplyResult {
  const { plan, steps, rolledBack, elapsedMs } = report;
  const outcome = outcomeOf(report);
  const next = outcome === 'ok' ? undefined : nextCommand(plan, steps);
  return {
    outcome,
    steps,
    rolledBack: [...rolledBack].sort(),
    summary: summaryOf(plan, steps),
    elapsedMs,
    ...(next === undefined ? {} : { next }),
  };
}

function outcomeOf({ steps, interrupted }: Report): ApplyResult['outcome'] {
  const some = (outcome: StepResult['outcome']) => steps.some((one) => one.outcome === outcome);
  const cut = some('not-started') || steps.some((one) => one.error?.code === 'PJ4007');
  if (interrupted && cut) return 'interrupted';
  if (!some('failed') && !some('skipped') && !some('not-started')) return 'ok';
  return some('done') ? 'partial' : 'failed';
}

/** Counts as the plan's own summary does, of what was really done: the two are equal when all went well. */
function summaryOf(plan: Plan, steps: readonly StepResult[]): PlanSummary {
  const done = new Map<string, StepResult[]>();
  for (const step of steps) {
    const of = done.get(step.workload);
    if (of === undefined) done.set(step.workload, [step]);
    else of.push(step);
  }
  const summary: PlanSummary = { add: 0, change: 0, destroy: 0, forget: 0 };
  for (const change of plan.changes) {
    const own = done.get(change.id) ?? [];
    if (own.length > 0) count(summary, change, own);
  }
  return summary;
}

function count(summary: PlanSummary, change: WorkloadChange, steps: readonly StepResult[]): void {
  const all = (...actions: StepResult['action'][]) =>
    steps.filter((one) => actions.includes(one.action)).every((one) => one.outcome === 'done');
  switch (change.action) {
    case 'no-op':
      break;
    case 'create':
      if (all('create', 'start')) summary.add += 1;
      break;
    case 'replace':
    case 'create-before-destroy':
      if (all('create', 'start')) summary.add += 1;
      if (all('destroy')) summary.destroy += 1;
      break;
    case 'delete':
      if (all('destroy')) summary.destroy += 1;
      break;
    case 'forget':
      if (all('forget')) summary.forget += 1;
      break;
    case 'update':
    case 'restart':
    case 'start':
    case 'stop':
    case 'pause':
    case 'resume':
    case 'wait':
      if (steps.every((one) => one.outcome === 'done')) summary.change += 1;
      break;
    default:
      change.action satisfies never;
  }
}

/** The command that carries on. Its flags are those of the plan that still have something to say. */
function nextCommand(plan: Plan, steps: readonly StepResult[]): string {
  if (plan.mode === 'imperative') {
    const asked = plan.steps.find((step) => step.cause.type === 'requested')?.cause;
    if (asked?.type === 'requested' && asked.by.startsWith('pj ')) return asked.by;
  }
  const { targets, excludes, replace, allowDataLoss, destroyVolumes, prune } = plan.options;
  const left = new Set(steps.filter((one) => one.outcome !== 'done').map((one) => one.workload));
  const each = (flag: string, ids: readonly string[]) => ids.map((id) => `${flag} ${id}`);
  return [
    plan.mode === 'destroy' ? 'pj destroy' : 'pj apply',
    ...each('--target', targets),
    ...each('--exclude', excludes),
    ...each(
      '--replace',
      replace.filter((id) => left.has(id)),
    ),
    ...(allowDataLoss ? ['--allow-data-loss'] : []),
    ...(destroyVolumes ? ['--destroy-volumes'] : []),
    ...(prune ? ['--prune'] : []),
  ].join(' ');
}
