import { asPjError, PjError } from '../errors.ts';
import type { StepResult } from '../model/event.ts';
import { type Json, type Pointer, segments } from '../model/json.ts';
import type { Step } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { isJob } from '../model/spec.ts';
import { act, type Instance, instanceOf } from './actions.ts';
import { type Effect, lastGoodSpec, recordAfter, recordAfterFailure, standsBeside } from './records.ts';
import { type Resolved, resolveSpec } from './resolve.ts';
import { type Run, recordOf, resolveFrom, safely, type Wish, wishOf } from './run.ts';
import { type Came, noteStart, waitFor } from './wait-step.ts';

/** What came of a step. `not-started`: it was given up before it came to anything, as the run is being stopped. */
export type StepEnd =
  | { outcome: 'done'; elapsedMs: number }
  | { outcome: 'not-started'; elapsedMs: number }
  | { outcome: 'failed'; elapsedMs: number; error: PjError };

/**
 * One step: intent, engine call, outcome, told in events. Never throws: whatever goes wrong is the step's failure. An engine
 * call that was aborted leaves its intent open, so that the next run finds out how far it came.
 */
export async function runStep(run: Run, step: Step, wish: Wish): Promise<StepEnd> {
  const { clock, emit, session, abort } = run.input;
  const begun = clock.monotonic();
  const elapsed = () => clock.monotonic() - begun;
  const failed = (error: PjError): StepEnd => {
    const elapsedMs = elapsed();
    emit({ type: 'step_errored', step, elapsedMs, code: error.code, message: safely(run, error.message) });
    return { outcome: 'failed', elapsedMs, error };
  };
  emit({ type: 'step_start', step });
  const before = recordOf(run, step.workload);
  if (!run.originals.has(step.workload)) run.originals.set(step.workload, before);

  let prepared: Prepared;
  try {
    prepared = prepare(run, step, wish, before);
  } catch (thrown) {
    const error = asPjError(thrown);
    await noteError(run, before, error);
    return failed(error);
  }
  const { effect, after, resolved, instance } = prepared;
  const specDigest = resolved === undefined || step.action === 'wait' ? {} : { specDigest: resolved.digest };
  try {
    await session.intent({ step, before: before ?? null, after, ...specDigest });
  } catch (thrown) {
    return failed(breakOff(run, step, thrown));
  }

  const came = await doIt(run, step, prepared);
  // Aborted: what the engine did of it is not known. The open intent makes the next run ask.
  if (came.how === 'failed' && abort.aborted && came.error.code === 'PJ4007') return failed(came.error);
  let record: WorkloadRecord | null;
  if (came.how === 'done') record = after === null ? null : { ...after, ...came.made };
  else if (came.how === 'stopped') record = before ?? null;
  else {
    const error = { code: came.error.code, message: safely(run, came.error.message) };
    record = recordAfterFailure(effect, error, came.how);
    if (step.action === 'create' && before !== undefined && standsBeside(step, before)) {
      record = await cleanUpBeside(run, step, instance, record);
    }
  }
  try {
    await session.outcome(step, { ok: came.how === 'done', record });
  } catch (thrown) {
    return failed(breakOff(run, step, thrown));
  }
  if (came.how === 'stopped') {
    emit({ type: 'step_skipped', step, because: 'interrupted', reason: 'interrupted' });
    return { outcome: 'not-started', elapsedMs: elapsed() };
  }
  if (came.how !== 'done') return failed(came.error);
  const elapsedMs = elapsed();
  // The record is that of the newer one where this step was about an instance that is replaced.
  const engineId = record?.generation === step.generation ? engineIdOf(record) : undefined;
  run.done.add(step.id);
  emit({ type: 'step_complete', step, elapsedMs, ...(engineId === undefined ? {} : { engineId }) });
  return { outcome: 'done', elapsedMs };
}

/** The error of a failed step as its result tells it. */
export function errorOf(run: Run, error: PjError): NonNullable<StepResult['error']> {
  return { code: error.code, message: safely(run, error.message) };
}

interface Prepared {
  effect: Effect;
  after: WorkloadRecord | null;
  resolved: Resolved | undefined;
  instance: Instance;
  /** Paths that the engine is told of; empty: nothing of it concerns the engine. */
  paths: Pointer[];
}

function prepare(run: Run, step: Step, wish: Wish, before: WorkloadRecord | undefined): Prepared {
  const resolved = specFor(run, step, wish, before);
  const instance = instanceOf(run, step, wish, resolved);
  const killed = step.action === 'stop' ? run.input.kill?.get(step.workload) : undefined;
  const effect: Effect = {
    step,
    before,
    want: wish.want,
    spec: step.action === 'wait' ? undefined : resolved?.recorded,
    lastGood: before?.previousSpec ?? lastGoodSpec(run.originals.get(step.workload)),
    proves: provesItself(run, step, wish),
    imperative: run.input.plan.mode === 'imperative',
    now: run.input.clock.now().toISOString(),
    ...(run.input.by === undefined ? {} : { by: run.input.by }),
    ...(killed === undefined ? {} : { killed }),
  };
  const inEngine = step.action === 'update' && step.recordOnly !== true;
  const differences = inEngine ? (run.changes.get(step.workload)?.differences ?? []) : [];
  const paths = differences.map((one) => one.path).filter(concernsEngine);
  return { effect, after: wish.becomes ?? recordAfter(effect), resolved, instance, paths };
}

/** The spec that a step needs with real values; undefined for those that need none. */
function specFor(run: Run, step: Step, wish: Wish, before: WorkloadRecord | undefined): Resolved | undefined {
  const { action } = step;
  if (action !== 'create' && action !== 'start' && action !== 'update' && action !== 'wait') return undefined;
  const key = `${step.workload}@${step.generation}`;
  const applied = run.resolved.get(key);
  if (applied !== undefined && (action === 'start' || action === 'wait')) return applied;
  const spec = wish.want?.spec ?? before?.spec;
  if (spec === undefined) throw new PjError('PJ4011', { workload: step.workload, action });
  const resolved = resolveSpec(
    step.workload,
    spec,
    resolveFrom(run),
    wish.want === undefined ? 'the state' : wish.madeWith,
  );
  run.resolved.set(key, resolved);
  return resolved;
}

/** What the graph needs (dependencies, lifecycle, desiredState) is kept in the state alone. */
export function concernsEngine(path: Pointer): boolean {
  const [head = ''] = segments(path);
  return !['dependencies', 'lifecycle', 'desiredState', 'kind', 'provider'].includes(head);
}

/** True for the last step of its workload that makes it run, when nothing but the engine's word tells that it runs well. */
function provesItself(run: Run, step: Step, wish: Wish): boolean {
  if (wish.want !== undefined && isJob(wish.want.spec)) return false;
  if (wish.rollback) return true;
  const steps = run.stepsOf.get(step.workload) ?? [];
  const here = steps.findIndex((one) => one.id === step.id);
  return !steps.slice(here + 1).some((one) => one.action === 'wait' || one.action === 'start');
}

async function doIt(run: Run, step: Step, prepared: Prepared): Promise<Came> {
  const { instance, paths, resolved } = prepared;
  try {
    if (step.action === 'forget') return await letGo(run, step, prepared);
    if (step.action === 'wait') return await waitFor(run, step, prepared);
    if (step.action === 'update' && paths.length === 0) return { how: 'done', made: undefined };
    if (step.action === 'start') await noteStart(run, step, prepared);
    const made = await act(run, step, instance, paths);
    if (made === undefined) return { how: 'done', made: undefined };
    return { how: 'done', made: { handle: made.handle, attributes: made.attributes } };
  } catch (thrown) {
    // What was to be applied was perhaps not: a later step resolves it anew.
    if (resolved !== undefined) run.resolved.delete(`${step.workload}@${step.generation}`);
    const error = engineError(thrown, step, instance.provider);
    if (endsWithItsHost(run, step, error)) {
      const summary = safely(run, error.message);
      run.input.emit({ type: 'diagnostic', severity: 'warning', code: error.code, summary, workload: step.workload });
      return { how: 'done', made: undefined };
    }
    const kept = step.action === 'wait' || step.action === 'forget';
    return { how: kept ? 'kept' : 'failed', error };
  }
}

/** A thread of it ignores interrupts, but the JVM that it runs in is stopped next: nothing lives on after that. */
function endsWithItsHost(run: Run, step: Step, error: PjError): boolean {
  if (step.action !== 'stop' || error.code !== 'PJ5605') return false;
  const host = recordOf(run, step.workload)?.spec.java?.host;
  const stop = run.stepsOf.get(host ?? '')?.find(({ action }) => action === 'stop');
  return stop?.dependsOn.includes(step.id) === true;
}

/** Nobody watches it any more, nor an instance of before that was still to be removed. */
async function letGo(run: Run, step: Step, { instance, effect }: Prepared): Promise<Came> {
  await act(run, step, instance, []);
  for (const { generation } of effect.before?.deposed ?? []) {
    const old = { ...step, generation };
    await act(run, old, instanceOf(run, old, wishOf(run, step.workload), undefined), []);
  }
  return { how: 'done', made: undefined };
}

/** A create beside the old instance failed: what is half made must not stay, and the old one is the current one again. */
async function cleanUpBeside(
  run: Run,
  step: Step,
  instance: Instance,
  record: WorkloadRecord | null,
): Promise<WorkloadRecord | null> {
  try {
    await act(run, { ...step, action: 'destroy' }, instance, []);
    return record;
  } catch (thrown) {
    const { severity, code, summary } = { severity: 'warning' as const, ...messageOf(run, thrown) };
    run.input.emit({ type: 'diagnostic', severity, code, summary, workload: step.workload });
    const left = { generation: step.generation, provider: instance.provider, handle: null };
    if (record === null) return null;
    return { ...record, deposed: [...(record.deposed ?? []), { ...left, spec: instance.target.stored ?? {} }] };
  }
}

function messageOf(run: Run, thrown: unknown): { code: string; summary: string } {
  const error = asPjError(thrown);
  return { code: error.code, summary: safely(run, error.message) };
}

/** Notes an error that came before anything was done, on what does not run: why it does not. */
async function noteError(run: Run, before: WorkloadRecord | undefined, error: PjError): Promise<void> {
  if (before === undefined || before.state === 'RUNNING' || before.state === 'PAUSED') return;
  const lastError = { code: error.code, message: safely(run, error.message) };
  try {
    await run.input.session.put(before.id, { ...before, lastError, updatedAt: run.input.clock.now().toISOString() });
  } catch (thrown) {
    run.broken ??= asPjError(thrown);
    run.halt.abort();
  }
}

/** The journal cannot be written: nothing more may start. */
function breakOff(run: Run, step: Step, thrown: unknown): PjError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const error =
    thrown instanceof PjError ? thrown : new PjError('PJ4012', { step: step.id, reason }, { cause: thrown });
  run.broken ??= error;
  run.halt.abort();
  return error;
}

/** What is not a PjError already is an engine's own error (a socket that is gone, a file that cannot be read) or a bug. */
function engineError(thrown: unknown, step: Step, provider: string): PjError {
  const known = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string';
  if (thrown instanceof PjError || !known) return asPjError(thrown);
  const details = { provider, action: step.action, workload: step.workload, reason: thrown.message };
  return new PjError('PJ4016', details, { cause: thrown });
}

function engineIdOf({ attributes }: WorkloadRecord): string | undefined {
  for (const key of ['engineId', 'id', 'pid', 'address']) {
    const value: Json | undefined = attributes[key];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return undefined;
}
