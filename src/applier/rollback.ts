import { PjError } from '../errors.ts';
import { equal } from '../model/json.ts';
import type { PlannedWorkload, Step, StepAction } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck, isJob, type Spec } from '../model/spec.ts';
import { askEngine } from './observe.ts';
import { lastGoodSpec } from './records.ts';
import { resolveSpec, templatesOf } from './resolve.ts';
import { type Run, recordOf, resolveFrom, safely, type Wish } from './run.ts';
import { concernsEngine, runStep } from './step.ts';

/** What can be gone back to. */
interface Good {
  original: WorkloadRecord;
  spec: Spec;
}

/**
 * After a step of a changed workload failed: takes it back to its last good spec, when the run or its descriptor asks for
 * that. True when it was. Never throws; a rollback that is refused or fails is told in an event and leaves the record as it is then.
 */
export async function rollBack(run: Run, failed: Step): Promise<boolean> {
  const { workload: id } = failed;
  const good = asksForIt(run, id) ? goodOf(run, failed) : undefined;
  if (good === undefined) return false;
  if (run.halt.signal.aborted) {
    run.input.emit({
      type: 'rollback',
      workload: id,
      phase: 'failed',
      message: 'not tried, as the run was interrupted',
    });
    return false;
  }
  return await attempt(run, id, () => restore(run, id, good));
}

/**
 * Starts again what the plan took down for the sake of a workload that has been rolled back, and that was to come up after
 * it: it ran before the apply, so it should run after it. `skipped` are the skipped steps with the workload that is to blame.
 */
export async function reviveDependents(
  run: Run,
  rolledBack: ReadonlySet<string>,
  skipped: readonly { step: Step; blame: string }[],
): Promise<string[]> {
  const back: string[] = [];
  const seen = new Set<string>(rolledBack);
  for (const { step, blame } of skipped) {
    const id = step.workload;
    if (run.halt.signal.aborted) break;
    if (step.action !== 'start' || !rolledBack.has(blame) || seen.has(id)) continue;
    seen.add(id);
    const original = run.originals.get(id);
    if (original?.state !== 'RUNNING' || isJob(original.spec)) continue;
    const record = recordOf(run, id);
    if (record?.state === 'RUNNING') continue;
    const good = { original, spec: original.spec };
    const unchanged = record !== undefined && record.handle !== null && equal(record.spec, original.spec);
    if (unchanged) await attempt(run, id, () => startAgain(run, id, good, record.generation));
    else if (asksForIt(run, id) && (await attempt(run, id, () => restore(run, id, good)))) back.push(id);
  }
  return back;
}

function asksForIt(run: Run, id: string): boolean {
  const { plan, rollback } = run.input;
  const planned = Object.hasOwn(plan.workloads, id) ? plan.workloads[id] : undefined;
  return planned !== undefined && (rollback || planned.lifecycle.rollback);
}

/** Undefined: the workload is new, was not changed, never ran well, is a job, or the step that failed brings nothing up. */
function goodOf(run: Run, failed: Step): Good | undefined {
  if (!['create', 'update', 'start', 'wait'].includes(failed.action)) return undefined;
  const original = run.originals.get(failed.workload);
  const spec = lastGoodSpec(original);
  if (original === undefined || spec === undefined || isJob(spec)) return undefined;
  const planned = run.input.plan.workloads[failed.workload];
  if (planned === undefined || equal(spec, planned.spec)) return undefined;
  const differs = run.changes.get(failed.workload)?.differences.some((one) => concernsEngine(one.path)) === true;
  return differs || !equal(original.spec, spec) ? { original, spec } : undefined;
}

/** Tells how it went. */
async function attempt(run: Run, workload: string, work: () => Promise<string | undefined>): Promise<boolean> {
  const { emit } = run.input;
  emit({ type: 'rollback', workload, phase: 'start' });
  try {
    const message = await work();
    emit({ type: 'rollback', workload, phase: 'done', ...(message === undefined ? {} : { message }) });
    return true;
  } catch (thrown) {
    const message = safely(run, thrown instanceof Error ? thrown.message : String(thrown));
    emit({ type: 'rollback', workload, phase: 'failed', message });
    return false;
  }
}

/** Brings a workload back to a good spec, whichever way it was changed. The answer is a remark for people. */
async function restore(run: Run, id: string, good: Good): Promise<string | undefined> {
  const record = recordOf(run, id);
  const { original } = good;
  if (record !== undefined && record.generation !== original.generation) {
    const old = record.deposed?.find((one) => one.generation === original.generation);
    if (old !== undefined) return await backToOld(run, id, good, record);
  }
  // Whatever is taken down from here on can be brought up again: nothing is, when a value is no longer to be had.
  await verify(run, id, good.spec);
  const generation = record?.generation ?? original.generation;
  const wish = wishFor(id, good);
  const made = record !== undefined && record.handle !== null;
  const created = run.stepsOf.get(id)?.some((one) => one.action === 'create' && run.done.has(one.id)) === true;
  const remade = created || record === undefined || record.generation !== original.generation;
  if (!made || remade) {
    if (made) await step(run, 'stop', id, generation, wish);
    if (record !== undefined) await step(run, 'destroy', id, generation, wish);
    await step(run, 'create', id, generation, wish);
  } else {
    if (equal(record.spec, good.spec) && record.state === 'RUNNING') return 'it still runs as it was';
    const live = run.changes.get(id)?.updateClass === 'live' && record.state === 'RUNNING';
    if (!live) await step(run, 'stop', id, generation, wish);
    await step(run, 'update', id, generation, wish);
    if (live) return await waitAgain(run, id, good, generation);
  }
  const ran = original.state !== 'STOPPED' && original.state !== 'DEPLOYED';
  return ran ? await startAgain(run, id, good, generation) : undefined;
}

/** The old instance still is there beside the new one: the new one goes, and the old one is the current one again. */
async function backToOld(run: Run, id: string, good: Good, record: WorkloadRecord): Promise<string | undefined> {
  const wish = wishFor(id, good);
  const { original } = good;
  const deposed = (record.deposed ?? []).filter((one) => one.generation !== original.generation);
  const { deposed: _, ...old } = original;
  const becomes = { ...old, ...(deposed.length === 0 ? {} : { deposed }) };
  if (record.handle !== null) await step(run, 'stop', id, record.generation, wish);
  await step(run, 'destroy', id, record.generation, { ...wish, becomes });
  if (original.state !== 'RUNNING') return undefined;
  const ask: Step = stepFor('wait', id, original.generation);
  const observed = await askEngine(run, ask, await run.input.provider(original.provider), original);
  if (observed.status === 'running') return 'the old instance ran all the time';
  await verify(run, id, good.spec);
  return await startAgain(run, id, good, original.generation);
}

async function startAgain(run: Run, id: string, good: Good, generation: number): Promise<string | undefined> {
  const { values } = run.input;
  await values.prepare(templatesOf(good.spec));
  await step(run, 'start', id, generation, wishFor(id, good));
  return await waitAgain(run, id, good, generation);
}

async function waitAgain(run: Run, id: string, good: Good, generation: number): Promise<string | undefined> {
  if (!hasHealthCheck(good.spec)) return undefined;
  const ended = await step(run, 'wait', id, generation, wishFor(id, good));
  return ended === 'done' ? undefined : 'interrupted before it was healthy';
}

/** Throws PJ4002 or what `prepare` throws when a sensitive value of the old spec is no longer what it was. */
async function verify(run: Run, id: string, spec: Spec): Promise<void> {
  await run.input.values.prepare(templatesOf(spec));
  resolveSpec(id, spec, resolveFrom(run), 'the state');
}

async function step(
  run: Run,
  action: StepAction,
  id: string,
  generation: number,
  wish: Wish,
): Promise<'done' | 'not-started'> {
  if (action === 'create' || action === 'update' || action === 'start') {
    const key = `${id}@${generation}`;
    // What the failed attempt resolved is not what is applied now; what this rollback has resolved is.
    if (action !== 'start' || !run.done.has(`rollback:update ${id}`)) run.resolved.delete(key);
  }
  const ended = await runStep(run, stepFor(action, id, generation), wish);
  if (ended.outcome === 'failed') throw ended.error;
  if (ended.outcome === 'not-started' && action !== 'wait') {
    throw new PjError('PJ4007', { action, workload: id });
  }
  return ended.outcome;
}

function stepFor(action: StepAction, workload: string, generation: number): Step {
  const condition = action === 'wait' ? { condition: 'healthy' as const } : {};
  return {
    id: `rollback:${action} ${workload}`,
    workload,
    action,
    generation,
    dependsOn: [],
    cause: { type: 'requested', by: 'rollback' },
    ...condition,
  };
}

function wishFor(id: string, good: Good): Wish {
  const { kind, provider, dependencies, lifecycle } = good.original;
  // It comes back to run, whatever made it stop: a last good spec is one that ran.
  const desiredState = good.original.desiredState;
  const want: PlannedWorkload = { id, kind, provider, dependencies, desiredState, lifecycle, spec: good.spec };
  return { want, madeWith: 'the state', rollback: true };
}
