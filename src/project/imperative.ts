import { planImperative } from '../planner/imperative.ts';
import { applyRun } from './apply.ts';
import type { Applied, ImperativeCommand } from './options.ts';
import { plannerInput, planOptions } from './plan.ts';
import type { Run } from './run.ts';

/** Starts, stops, restarts, pauses or resumes workloads, as a small plan of its own that is journalled like any other. */
export async function imperativeRun(
  run: Run,
  command: ImperativeCommand,
  ids: readonly string[],
  options: { cascade: boolean; lockTimeout: number; drain?: AbortSignal; abort?: AbortSignal },
): Promise<Applied> {
  const { cascade, ...request } = options;
  return applyRun(run, request, [command, ...ids].join(' '), async (_, basis) => {
    const input = await plannerInput(run, basis, { ...planOptions({}), mode: 'imperative' });
    const plan = planImperative(input, { command, ids: [...ids], cascade });
    run.emit({ type: 'plan_complete', plan });
    return plan;
  });
}
