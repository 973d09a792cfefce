import { baseEnvironment } from '../agent/environment.ts';
import { apply as walk } from '../applier/apply.ts';
import type { ApplyInput } from '../applier/contract.ts';
import { asPjError, ERRORS, isErrorCode, PjError } from '../errors.ts';
import { healthProbe } from '../health/probe.ts';
import type { ApplyResult } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import { findStale } from '../planner/stale.ts';
import { verifyPlan } from '../planner/verify.ts';
import type { StateSession } from '../state/contract.ts';
import { loadPlan, planDigest } from '../state/plan-file.ts';
import { recover } from '../state/recovery.ts';
import { quietly } from './engines.ts';
import { recoveryOf } from './find.ts';
import { withLock } from './locked.ts';
import { observe } from './observe.ts';
import type { Applied, ApplyRequest } from './options.ts';
import { findOrphans } from './orphans.ts';
import type { Basis } from './plan.ts';
import { leaveApplied, rouse } from './rouse.ts';
import { type Run, sha256 } from './run.ts';
import { sensitivePartsOf } from './sensitive-parts.ts';
import { refuseTakenIds } from './taken.ts';
import { telling } from './tell.ts';
import { traced } from './trace.ts';

/** Who applies and how, where a person does not. */
export type Manner = Pick<ApplyInput, 'by' | 'kill'>;

/** What is applied, once the lock is held and what a killed run left is settled. */
export type Planner = (run: Run, basis: Basis) => Promise<Plan>;

/**
 * Plans (or takes a saved plan that is still true), asks, applies. The lock is held throughout. `unreachable`: is told of workloads whose engine cannot be
 * asked, which otherwise ends it.
 */
export async function applyRun(
  run: Run,
  request: ApplyRequest & Manner,
  operation: string,
  source: Plan | Planner,
  unreachable?: Parameters<typeof observe>[6],
): Promise<Applied> {
  return traced(run, operation, (heard) =>
    telling(heard, operation, ({ run: told, locked }) =>
      applyLocked(told, request, operation, source, locked, unreachable),
    ),
  );
}

async function applyLocked(
  run: Run,
  request: ApplyRequest & Manner,
  operation: string,
  source: Plan | Planner,
  locked: () => void,
  unreachable: Parameters<typeof observe>[6],
): Promise<Applied> {
  const { store, emit, signal } = run;
  const locking = { store, operation, lockTimeout: request.lockTimeout ?? 0, emit, signal };
  return withLock(locking, async (session, note) => {
    locked();
    const basis = await settledBasis(run, session, unreachable);
    const plan = typeof source === 'function' ? await source(run, basis) : await stillTrue(run, source, basis);
    note.planDigest = planDigest(plan);
    const applied = await approveAndWalk(run, session, plan, basis, request);
    note.result = applied.outcome;
    return applied;
  });
}

/** Settles what a killed run left, then asks the engines. */
async function settledBasis(
  run: Run,
  session: StateSession,
  unreachable: Parameters<typeof observe>[6],
): Promise<Basis> {
  const { unsettled } = await recover(session, recoveryOf(run), run.emit);
  const interrupted = new Set(unsettled.map(({ intent }) => intent.step.workload));
  const context = quietly(run.signal);
  const observed = await observe(session.snapshot, run.engines, run.dir, context, run.emit, run.clock, unreachable);
  // Whoever does not need every engine there only brings back what is recorded: orphans are none of it.
  const orphans = unreachable === undefined ? await findOrphans(run, session.snapshot, interrupted) : [];
  return { snapshot: session.snapshot, observed, interrupted, orphans };
}

async function approveAndWalk(
  run: Run,
  session: StateSession,
  plan: Plan,
  basis: Basis,
  request: ApplyRequest & Manner,
): Promise<Applied> {
  if (plan.steps.length === 0 && plan.moved.length === 0 && !hasRefused(plan)) {
    await wakeAgents(run, session);
    await rouse(run, session.snapshot, plan.mode);
    return { plan, outcome: 'none' };
  }
  refuseGuarded(plan);
  if (request.approve !== undefined && !(await request.approve(plan))) return { plan, outcome: 'declined' };
  await refuseTakenIds(run, session, plan);
  leaveAhead(run, plan);
  const result: ApplyResult = await walk({
    plan,
    session,
    observed: basis.observed,
    provider: (name) => run.engines.provider(name),
    values: run.values,
    probe: healthProbe({ dir: run.dir, env: baseEnvironment(run.options.env ?? process.env) }),
    clock: run.clock,
    emit: run.emit,
    parallelism: request.parallelism ?? run.loaded.config.parallelism ?? 10,
    rollback: request.rollback ?? false,
    ...(request.by === undefined ? {} : { by: request.by }),
    ...(request.kill === undefined ? {} : { kill: request.kill }),
    ...signalsOf(run, request),
  });
  if (!run.signal.aborted) {
    await wakeOthers(run, session, plan);
    await rouse(run, session.snapshot, plan.mode);
  }
  return { plan, outcome: result.outcome, result };
}

/** An agent that the first step starts is to know at once whose it is. What fails here fails again at the end, and is told then. */
function leaveAhead(run: Run, { mode }: Plan): void {
  try {
    leaveApplied(run, mode);
  } catch {
    // See rouse.
  }
}

/**
 * Whoever gives no `abort` ends everything by the project's signal. Whoever gives one tells the two ways to end apart, so the
 * project's signal then asks for the gentle one.
 */
function signalsOf(run: Run, { drain, abort }: ApplyRequest): { drain: AbortSignal; abort: AbortSignal } {
  if (abort === undefined) return { drain: drain ?? new AbortController().signal, abort: run.signal };
  return { drain: AbortSignal.any(drain === undefined ? [run.signal] : [run.signal, drain]), abort };
}

/** A plan that changes nothing still brings an agent back that was killed: who runs must be watched. */
async function wakeAgents(run: Run, session: StateSession, except: ReadonlySet<string> = new Set()): Promise<void> {
  const names = new Set(Object.values(session.snapshot.workloads).map((record) => record.provider));
  for (const name of names) {
    if (!except.has(name)) await (await run.engines.provider(name)).watch?.(quietly(run.signal));
  }
}

/** The same for providers that the plan had nothing to do for. What was applied stands, so a failure is only told. */
async function wakeOthers(run: Run, session: StateSession, plan: Plan): Promise<void> {
  const busy = new Set(plan.changes.flatMap((change) => (change.steps.length > 0 ? [change.provider] : [])));
  try {
    await wakeAgents(run, session, busy);
  } catch (thrown) {
    const { code, message: summary, hint: detail } = asPjError(thrown);
    run.emit({ type: 'diagnostic', severity: 'warning', code, summary, detail });
  }
}

const hasRefused = (plan: Plan): boolean => plan.changes.some((change) => change.refused !== undefined);

/** Throws when a guard forbids part of the plan: nothing of it is applied. */
function refuseGuarded(plan: Plan): void {
  const refused = plan.changes.flatMap(({ id, refused: by }) => (by === undefined ? [] : [{ id, ...by }]));
  if (refused.length === 0) return;
  const what = refused.map(({ id, message }) => (message.startsWith(`${id} `) ? message : `${id}: ${message}`));
  // What is only held back by another needs no mending of its own.
  const codes = new Set(refused.map(({ code }) => code).filter((code) => code !== 'PJ2022'));
  const advice = [...codes].flatMap((code) => (isErrorCode(code) ? [ERRORS[code].hint] : [])).join(' ');
  throw new PjError('PJ2090', { what: what.join('; ') }, advice === '' ? {} : { advice });
}

/** Reads a saved plan and checks that it hangs together. Throws PJ3030–3033, PJ20xx. */
export async function savedPlan(path: string): Promise<Plan> {
  const { plan } = await loadPlan(path);
  verifyPlan(plan);
  return plan;
}

/** The saved plan, if state, reality and sensitive values are still as it found them. Throws PJ2091 with what is not. */
async function stillTrue(run: Run, plan: Plan, basis: Basis): Promise<Plan> {
  const here = run.loaded.config.name;
  if (plan.project !== here) {
    const reasons = `it was made for the project ${plan.project}; this one is ${here}`;
    const advice = 'Apply it in its own project. `name` in pj.yaml gives every checkout of a project the same name.';
    throw new PjError('PJ2091', { reasons }, { advice });
  }
  await run.values.prepare(sensitivePartsOf(plan));
  const stale = findStale(plan, {
    snapshot: basis.snapshot,
    observed: basis.observed,
    keyId: run.values.keyId,
    digest: (value) => run.values.digest(value),
    lookup: (part) => run.values.lookup(part),
    sha256,
  });
  if (stale.length === 0) {
    run.emit({ type: 'plan_complete', plan });
    return plan;
  }
  const reasons = stale.map(({ workload, reason }) => (workload === '' ? reason : `${workload}: ${reason}`));
  throw new PjError('PJ2091', { reasons: reasons.join('; ') });
}
