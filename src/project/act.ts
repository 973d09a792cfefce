import type { Act, Acted } from '../agent/awake/contract.ts';
import { instanceOf } from '../agent/awake/state-view.ts';
import { asPjError, PjError } from '../errors.ts';
import type { Observed } from '../model/observed.ts';
import type { Plan } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { planImperative } from '../planner/imperative.ts';
import { nowOf } from '../planner/now.ts';
import { applyRun, type Manner } from './apply.ts';
import { type Failures, healRun, takeResults, whoLacksValues } from './heal.ts';
import type { ApplyRequest, ProjectOptions } from './options.ts';
import { type Basis, plannerInput, planOptions } from './plan.ts';
import { type Run, withRun } from './run.ts';

/** Seconds to wait for the lock, unless somebody says otherwise. */
const LOCK_TIMEOUT = 60;

const ACTIONS = ['start', 'stop', 'restart', 'kill', 'heal'];

/**
 * Does what the agent asks for, the lock held: looks again whether each workload still is the instance that the agent saw and still needs it, plans, and
 * applies that like any other run, journalled and audited as `agent: stop web (cpu over its quota)`. Never throws: what ends all of it is in `error`.
 */
export async function actRun(
  run: Run,
  act: Act,
  signals: Pick<ApplyRequest, 'drain' | 'abort' | 'lockTimeout'> = {},
): Promise<Acted> {
  const { action, ids, reason, safe = false, instances } = act;
  const request = { ...signals, lockTimeout: signals.lockTimeout ?? LOCK_TIMEOUT };
  if (action === 'heal') {
    const { ok, done, failed, skipped, left, error } = await healRun(run, {
      ...{ ...request, safe, reason, ids },
      ...(instances === undefined ? {} : { instances }),
    });
    return { ok, done, failed, skipped, left, ...(error === undefined ? {} : { error }) };
  }
  const failures: Failures = new Map();
  const skipped = new Set<string>();
  const operation = `agent: ${action} ${ids.join(' ')} (${reason})`;
  const { code, message } = new PjError('PJ5701', { reason });
  const manner: Manner = { by: `the agent (${reason})` };
  if (action === 'kill') manner.kill = new Map(ids.map((id) => [id, { code, message: run.values.redact(message) }]));
  try {
    const applied = await applyRun(
      run,
      { ...request, ...manner },
      operation,
      async (heard, basis) => {
        const plan = await planFrom(run, basis, { ...act, action }, { failures, skipped });
        heard.emit({ type: 'plan_complete', plan });
        return plan;
      },
      (records, thrown) => {
        const error = asPjError(thrown);
        for (const { id } of records) failures.set(id, { code: error.code, message: run.values.redact(error.message) });
      },
    );
    // An engine that does not answer concerns only those of its workloads that were asked for.
    for (const id of [...failures.keys()]) if (!ids.includes(id)) failures.delete(id);
    const done = takeResults(applied, failures);
    const failed = [...failures].map(([id, error]) => ({ id, ...error })).sort((a, b) => (a.id < b.id ? -1 : 1));
    return { ok: failed.length === 0, done, failed, skipped: [...skipped].sort() };
  } catch (thrown) {
    const error = asPjError(thrown);
    const told = { code: error.code, message: run.values.redact(error.message) };
    return { ok: false, done: [], failed: [], skipped: [...skipped].sort(), error: told };
  }
}

type Imperative = Act & { action: Exclude<Act['action'], 'heal'> };

async function planFrom(
  run: Run,
  basis: Basis,
  { action, ids, reason, instances = {} }: Imperative,
  { failures, skipped }: { failures: Failures; skipped: Set<string> },
): Promise<Plan> {
  const records = basis.snapshot?.workloads ?? {};
  const chosen = ids.filter((id) => {
    if (failures.has(id)) return false;
    const record = Object.hasOwn(records, id) ? records[id] : undefined;
    const wanted = Object.hasOwn(instances, id) ? instances[id] : undefined;
    const same = record !== undefined && (wanted === undefined || wanted === instanceOf(record));
    if (same && needs(action, record, basis.observed.get(id))) return true;
    skipped.add(id);
    return false;
  });
  const input = await plannerInput(run, basis, { ...planOptions({}), mode: 'imperative' });
  const command = action === 'kill' ? 'stop' : action;
  const planOf = (some: string[]) =>
    planImperative(input, { command, ids: some, cascade: action === 'stop', agent: reason });
  const plan = planOf(chosen);
  const lacking = await whoLacksValues(run, basis, plan);
  if (lacking.size > 0) {
    // Half of it would leave something stopped that nobody can start.
    const [[other, first] = ['', undefined]] = lacking;
    for (const id of chosen) {
      const error = lacking.get(id) ?? first;
      const message = lacking.has(id) ? error?.message : `${other} would have to restart with it: ${error?.message}`;
      failures.set(id, { code: error?.code ?? 'PJ5302', message: message ?? '' });
    }
    return planOf([]);
  }
  for (const { code, workload, message } of plan.warnings) {
    const held = code === 'PJ2031' && workload !== undefined && chosen.includes(workload);
    if (held && !plan.steps.some((step) => step.workload === workload)) failures.set(workload, { code, message });
  }
  return plan;
}

/** Whether there still is something to do. What was killed stays so, and what somebody else starts again is left to him. */
function needs(action: Imperative['action'], record: WorkloadRecord, observed: Observed | undefined): boolean {
  const now = nowOf(record, observed);
  // It may be about to be started again by its supervisor or its engine.
  if (action === 'stop' || action === 'kill') return now.up || !['STOPPED', 'FAILED'].includes(record.state);
  const { desiredState, completed, lastError } = record;
  if (desiredState !== 'running' || completed || !now.made || lastError?.code === 'PJ5701') return false;
  if (action === 'restart') return now.status !== 'paused';
  return !now.up && observed?.restarting !== true;
}

/** The same for the project that `options` name. Throws what opening a project throws. */
export function actOn(
  options: ProjectOptions,
  act: Act,
  signals: Pick<ApplyRequest, 'drain' | 'abort' | 'lockTimeout'>,
): Promise<Acted> {
  return withRun(options, { keepKey: true }, (run) => actRun(run, act, signals));
}

/** A request as JSON. Throws PJ5702 for what is none. */
export function readAct(text: string): Act {
  let act: Partial<Act> | null = null;
  try {
    act = JSON.parse(text);
  } catch {
    // Told below.
  }
  const { action = '', ids, reason, deadline = 0 } = act ?? {};
  const whole = Array.isArray(ids) && ids.every((id) => typeof id === 'string') && typeof reason === 'string';
  const empty = ids?.length === 0 && action !== 'heal';
  const timed = typeof deadline === 'number' && deadline >= 0;
  if (!ACTIONS.includes(action) || !whole || empty || !timed)
    throw new PjError('PJ5702', { what: 'agent act', reason: 'stdin holds no request' });
  return act as Act;
}
