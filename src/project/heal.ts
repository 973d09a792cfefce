import type { Acted } from '../agent/awake/contract.ts';
import { instanceOf } from '../agent/awake/state-view.ts';
import { nameOf } from '../agent/secrecy.ts';
import { resolveSpec, templatesOf } from '../applier/resolve.ts';
import { asPjError, PjError } from '../errors.ts';
import type { Plan } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { leavesOf, partsOf } from '../model/template.ts';
import { closure, dependencyGraph } from '../planner/graph.ts';
import { type Healing, planHeal } from '../planner/heal.ts';
import { nowOf } from '../planner/now.ts';
import { applyRun } from './apply.ts';
import { withLock } from './locked.ts';
import type { Applied, ApplyRequest } from './options.ts';
import { type Basis, plannerInput, planOptions } from './plan.ts';
import type { Run } from './run.ts';

/** What is to be brought back, and how. */
export interface HealRequest extends Pick<ApplyRequest, 'approve' | 'drain' | 'abort' | 'parallelism'> {
  /** Only what needs no replace, loses no data and stops nothing that somebody started. */
  safe: boolean;
  /** For the audit, the lock and people: `drift`, `reboot`. After a reboot what is recorded as FAILED is tried again, and what runs is left as it is, whatever has changed about it. */
  reason: string;
  /** Seconds to wait for the lock. */
  lockTimeout: number;
  /** Absent or empty: all. Without what they depend on; one that is not recorded any more is skipped, and so is one that its supervisor is about to start again. */
  ids?: readonly string[];
  /** Nothing is done to a workload whose instance is another one by then. By id. */
  instances?: Readonly<Record<string, string>>;
  /** As the lock and the audit name it. @default `agent: heal (REASON)` */
  operation?: string;
  /** What does not run and cannot be started for want of a sensitive value is recorded as FAILED: after a reboot nobody else would say so. @default where the reason is `reboot` */
  recordLost?: boolean;
}

/** What came of it, as an act of the agent, with the plan. `left`: what drifted and was not brought back, and why, by id. */
export type Healed = Acted & { left: Record<string, string>; applied: Applied };

export type Failures = Map<string, { code: string; message: string }>;

/**
 * Brings reality back to what is **recorded**, never to what only descriptors say, as one plan: in order, on health, journalled and audited. An engine
 * that cannot be reached, or a secret that cannot be had, keeps only its own workloads (and those that depend on them) from it; they are in `failed`.
 * Never throws: what ends all of it (the lock, the state) is in `error`.
 */
export async function healRun(run: Run, request: HealRequest): Promise<Omit<Healed, 'applied'>> {
  try {
    return await heal(run, request);
  } catch (thrown) {
    const { code, message } = asPjError(thrown);
    const error = { code, message: run.values.redact(message) };
    return { ok: false, done: [], failed: [], skipped: [], left: {}, error };
  }
}

/** The same; throws what ends all of it. */
export async function heal(run: Run, request: HealRequest): Promise<Healed> {
  const failures: Failures = new Map();
  const skipped = new Set<string>();
  const lost = new Set<string>();
  let left: ReadonlyMap<string, string> = new Map();
  const { reason, operation = `agent: heal (${reason})`, recordLost = reason === 'reboot', ...rest } = request;
  const source = async (heard: Run, basis: Basis): Promise<Plan> => {
    const healing = await planFrom(run, basis, { ...rest, retry: reason === 'reboot', failures, skipped, lost });
    left = healing.left;
    heard.emit({ type: 'plan_complete', plan: healing.plan });
    return healing.plan;
  };
  const applied = await applyRun(run, rest, operation, source, (records, thrown) => {
    const { code, message } = asPjError(thrown);
    for (const { id } of records) failures.set(id, { code, message: run.values.redact(message) });
  });
  // What was done stands, though that cannot be written down.
  if (recordLost && lost.size > 0)
    await recordFailed(run, { ...rest, operation }, lost, failures).catch((thrown: unknown) => {
      const { code, message } = asPjError(thrown);
      for (const id of lost) if (!failures.has(id)) failures.set(id, { code, message: run.values.redact(message) });
    });
  const done = takeResults(applied, failures);
  const failed = [...failures].map(([id, error]) => ({ id, ...error })).sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    ok: failed.length === 0,
    done,
    failed,
    skipped: [...skipped].sort(),
    left: Object.fromEntries([...left].filter(([id]) => !failures.has(id) && !skipped.has(id))),
    applied,
  };
}

/** The workloads of which all steps went well; of the others why not goes into `failures`. */
export function takeResults({ result }: Applied, failures: Failures): string[] {
  const whole = new Map<string, boolean>();
  for (const { workload, outcome, error, because } of result?.steps ?? []) {
    whole.set(workload, (whole.get(workload) ?? true) && outcome === 'done');
    if (outcome === 'done' || failures.has(workload)) continue;
    const { code, message } = error ?? {
      code: 'PJ2031',
      message: because === undefined ? 'it was broken off before that' : `it waited for \`${because}\`, which failed`,
    };
    failures.set(workload, { code, message });
  }
  return [...whole].flatMap(([id, all]) => (all ? [id] : [])).sort();
}

interface Scene {
  safe: boolean;
  /** After a reboot: what is recorded as FAILED is tried again, and what runs is left as it is. */
  retry: boolean;
  ids?: readonly string[];
  instances?: Readonly<Record<string, string>>;
  failures: Failures;
  skipped: Set<string>;
  lost: Set<string>;
}

async function planFrom(run: Run, basis: Basis, scene: Scene): Promise<Healing> {
  const { failures, skipped, lost } = scene;
  const records = basis.snapshot?.workloads ?? {};
  const ids = (scene.ids ?? []).filter((id) => {
    // What its supervisor is about to start again is in good hands.
    if (Object.hasOwn(records, id) && basis.observed.get(id)?.restarting !== true) return true;
    skipped.add(id);
    return false;
  });
  const leave = new Map<string, string>();
  // Named ones of which none is left: that is not the same as all.
  if (ids.length === 0 && (scene.ids ?? []).length > 0)
    for (const id of Object.keys(records)) leave.set(id, 'it was not asked for');
  for (const [id, instance] of Object.entries(scene.instances ?? {})) {
    const record = Object.hasOwn(records, id) ? records[id] : undefined;
    if (record !== undefined && instanceOf(record) === instance) continue;
    skipped.add(id);
    leave.set(id, 'it is another instance by now');
  }
  for (const [id, { message }] of failures) leave.set(id, message);
  leaveDependents(records, new Set(failures.keys()), leave);
  const input = await plannerInput(run, basis, { ...planOptions({}), mode: 'imperative' });
  const failed = Object.values(records)
    .filter(mayTryAgain)
    .map(({ id }) => id);
  const retry = scene.retry ? failed : [];
  const make = () => planHeal(input, { ids, safe: scene.safe, leave, retry, downOnly: scene.retry });
  let healing = make();
  const missing = await whoLacksValues(run, basis, healing.plan);
  if (missing.size === 0) return healing;
  for (const [id, error] of missing) {
    failures.set(id, error);
    leave.set(id, error.message);
    if (!nowOf(records[id], basis.observed.get(id)).up) lost.add(id);
  }
  healing = make();
  return healing;
}

/** Its start failed; what was ended on purpose stays ended. */
const mayTryAgain = ({ state, desiredState, lastError }: WorkloadRecord): boolean =>
  state === 'FAILED' && desiredState === 'running' && lastError?.code !== 'PJ5701';

/** Whoever depends on what nobody can see is not started on a guess. */
function leaveDependents(
  records: Record<string, WorkloadRecord>,
  of: ReadonlySet<string>,
  leave: Map<string, string>,
): void {
  if (of.size === 0) return;
  const graph = dependencyGraph(Object.keys(records), (id) => records[id]?.dependencies ?? []);
  for (const id of closure(graph, of, 'dependents'))
    if (!leave.has(id)) leave.set(id, 'how that is which it depends on cannot be told');
}

/** Workloads of a plan whose sensitive values cannot be had here, or are others than those that were applied. */
export async function whoLacksValues(run: Run, basis: Basis, plan: Plan): Promise<Failures> {
  const lacking: Failures = new Map();
  const needing = plan.steps.filter(({ action }) => ['create', 'start', 'update', 'wait'].includes(action));
  for (const id of new Set(needing.map(({ workload }) => workload))) {
    const spec = plan.workloads[id]?.spec;
    if (spec === undefined || leavesOf(spec).length === 0) continue;
    try {
      await run.values.prepare(templatesOf(spec));
      resolveSpec(id, spec, { values: run.values, workloads: basis.snapshot?.workloads ?? {} }, 'the state');
    } catch (thrown) {
      lacking.set(id, told(run, asPjError(thrown), spec));
    }
  }
  return lacking;
}

function told(run: Run, error: PjError, spec: Plan['workloads'][string]['spec']): { code: string; message: string } {
  if (error.code !== 'PJ1060') return { code: error.code, message: run.values.redact(error.message) };
  const names = leavesOf(spec).flatMap((leaf) => {
    const parts = partsOf(leaf);
    try {
      for (const part of parts) if (typeof part !== 'string' && !('workload' in part)) run.values.lookup(part);
      return [];
    } catch {
      return [nameOf(parts)];
    }
  });
  const { code, message } = new PjError('PJ5302', { name: [...new Set(names)].sort().join(', ') });
  return { code, message };
}

/** What does not run and will not without somebody's help says so in the state. */
async function recordFailed(
  run: Run,
  { operation, lockTimeout }: { operation: string; lockTimeout: number },
  ids: ReadonlySet<string>,
  failures: Failures,
): Promise<void> {
  const { store, emit, signal } = run;
  await withLock({ store, operation, lockTimeout, emit, signal }, async (session, note) => {
    note.result = 'partial';
    for (const id of ids) {
      const record = session.snapshot.workloads[id];
      const lastError = failures.get(id);
      if (record === undefined || lastError === undefined || record.state === 'FAILED') continue;
      await session.put(id, {
        ...record,
        state: 'FAILED',
        health: 'none',
        lastError,
        updatedAt: run.clock.now().toISOString(),
      });
    }
  });
}
