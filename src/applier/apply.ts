import { PjError } from '../errors.ts';
import type { ApplyResult, StepResult } from '../model/event.ts';
import type { Plan, Step } from '../model/plan.ts';
import type { Part } from '../model/template.ts';
import { watchCalls } from './calls.ts';
import type { ApplyInput } from './contract.ts';
import { resultOf } from './report.ts';
import { templatesOf } from './resolve.ts';
import { reviveDependents, rollBack } from './rollback.ts';
import { type Run, recordOf, wishOf } from './run.ts';
import { graphOf, walk } from './scheduler.ts';
import { errorOf, runStep } from './step.ts';

/**
 * Executes a plan's steps, each as soon as the ones it depends on are done, and decides nothing else. Failures of steps are in
 * the result, never thrown. Throws before anything is done: PJ4001 (the plan is broken), PJ4010 (its digests were made with
 * another key), PJ4013 (parallelism), and whatever `values.prepare` throws for sensitive values that cannot be had.
 */
export async function apply(input: ApplyInput): Promise<ApplyResult> {
  const { plan, clock, emit, session, values, drain, abort } = input;
  refuseBadInput(input);
  const begun = clock.monotonic();
  await values.prepare(neededTemplates(input));
  for (const { from, to } of plan.moved) {
    const { workloads } = session.snapshot;
    if (Object.hasOwn(workloads, from) && !Object.hasOwn(workloads, to)) await session.move(from, to);
  }

  const run = openRun(input);
  const running = new Map<string, Step>();
  const results = new Map<string, StepResult>();
  const rolledBack = new Set<string>();
  const skipped: { step: Step; blame: string }[] = [];
  const note = (step: Step, outcome: StepResult['outcome'], more: Partial<StepResult> = {}) => {
    const { id, workload, action } = step;
    results.set(id, { step: id, workload, action, outcome, elapsedMs: 0, ...more });
  };
  const tellInterrupt = (count: 1 | 2) => () => {
    emit({ type: 'interrupting', running: [...running.keys()], count });
    run.halt.abort();
  };
  const release = [listen(drain, tellInterrupt(1)), listen(abort, tellInterrupt(2))];
  try {
    await walk(plan.steps, {
      parallelism: input.parallelism,
      stop: run.halt.signal,
      run: async (step) => {
        running.set(step.id, step);
        const end = await runStep(run, step, wishOf(run, step.workload));
        if (end.outcome === 'failed') {
          note(step, 'failed', { elapsedMs: end.elapsedMs, error: errorOf(run, end.error) });
          if (await rollBack(run, step)) rolledBack.add(step.workload);
        } else note(step, end.outcome, { elapsedMs: end.elapsedMs });
        running.delete(step.id);
        return end.outcome;
      },
      skipped: (step, because) => {
        note(step, 'skipped', { because: because.id });
        skipped.push({ step, blame: because.workload });
        emit({ type: 'step_skipped', step, because: because.id, reason: 'dependency-failed' });
      },
    });
    for (const id of await reviveDependents(run, rolledBack, skipped)) rolledBack.add(id);
  } finally {
    for (const end of release) end();
    run.calls.close();
  }
  for (const step of plan.steps) {
    if (results.has(step.id)) continue;
    note(step, 'not-started');
    emit({ type: 'step_skipped', step, because: run.broken?.code ?? 'interrupted', reason: 'interrupted' });
  }
  if (run.broken !== undefined) {
    const { code, hint } = run.broken;
    emit({ type: 'diagnostic', severity: 'error', code, summary: values.redact(run.broken.message), detail: hint });
  }
  const result = resultOf({
    plan,
    steps: plan.steps.flatMap((step) => results.get(step.id) ?? []),
    rolledBack: [...rolledBack],
    interrupted: drain.aborted || abort.aborted,
    elapsedMs: clock.monotonic() - begun,
  });
  emit({ type: 'apply_complete', result });
  return result;
}

function refuseBadInput({ plan, values, parallelism }: ApplyInput): void {
  if (!Number.isSafeInteger(parallelism) || parallelism < 1)
    throw new PjError('PJ4013', { given: String(parallelism) });
  if (plan.digestKeyId !== undefined && plan.digestKeyId !== values.keyId) {
    throw new PjError('PJ4010', { plan: plan.digestKeyId, here: values.keyId });
  }
  graphOf(plan.steps);
}

function openRun(input: ApplyInput): Run {
  const { plan, clock, emit, abort, values } = input;
  const stepsOf = new Map<string, Step[]>();
  for (const step of plan.steps) {
    const own = stepsOf.get(step.workload);
    if (own === undefined) stepsOf.set(step.workload, [step]);
    else own.push(step);
  }
  return {
    input,
    calls: watchCalls({ clock, emit, abort, redact: (text) => values.redact(text) }),
    changes: new Map(plan.changes.map((change) => [change.id, change])),
    stepsOf,
    originals: new Map(),
    resolved: new Map(),
    started: new Map(),
    done: new Set(),
    halt: new AbortController(),
    broken: undefined,
  };
}

/** The sensitive templates of every spec that a step of the plan gives to an engine or waits on; of no other. */
function neededTemplates(input: ApplyInput): Part[][] {
  const ids = new Set(
    input.plan.steps
      .filter(({ action }) => action === 'create' || action === 'start' || action === 'update' || action === 'wait')
      .map((step) => step.workload),
  );
  const specs = [...ids].map((id) => specOf(input.plan, id) ?? recordOf({ input }, id)?.spec);
  return specs.flatMap(templatesOf);
}

function specOf(plan: Plan, id: string) {
  return Object.hasOwn(plan.workloads, id) ? plan.workloads[id]?.spec : undefined;
}

/** Calls back once when the signal is aborted, at once when it already is; gives what takes that back. */
function listen(signal: AbortSignal, then: () => void): () => void {
  if (signal.aborted) {
    then();
    return () => undefined;
  }
  signal.addEventListener('abort', then, { once: true });
  return () => signal.removeEventListener('abort', then);
}
