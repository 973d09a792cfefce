import { PjError } from '../errors.ts';
import { equal } from '../model/json.ts';
import { type LifecycleState, mayBecome } from '../model/lifecycle.ts';
import type { PlannedWorkload, Step } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck, type Spec } from '../model/spec.ts';

/** What a step makes of a record. */
export interface Effect {
  step: Step;
  before: WorkloadRecord | undefined;
  /** What the plan wants of the workload; undefined for those that only go. */
  want: PlannedWorkload | undefined;
  /** As the state may keep it; where the step applies one. */
  spec: Spec | undefined;
  /** The workload's last good spec of before, for a record that is made anew. */
  lastGood: Spec | undefined;
  /** No later step of this workload proves that it runs well: this one does. */
  proves: boolean;
  /** An imperative command keeps the note of itself; any other start ends it. */
  imperative: boolean;
  /** Who brings it to another desired state. @default `pj stop` and the like */
  by?: string;
  /** The stop is a kill: it is recorded as FAILED with this error, and still is to run. */
  killed?: { code: string; message: string };
  now: string;
}

/** The states that each action passes through, the last being where it ends. */
const ROUTES = {
  start: ['STARTING', 'RUNNING'],
  stop: ['STOPPING', 'STOPPED'],
  pause: ['STARTING', 'RUNNING', 'PAUSED'],
  resume: ['STARTING', 'RUNNING'],
  run: ['STARTING', 'RUNNING'],
  complete: ['STOPPED'],
  fail: ['FAILED'],
} satisfies Record<string, LifecycleState[]>;

/**
 * The record as it is to be when the step succeeds, handle and attributes aside; null: it is gone from the state.
 * Throws PJ4011 when there is no record to act on, PJ4014 for a transition that the lifecycle does not have.
 */
export function recordAfter(effect: Effect): WorkloadRecord | null {
  const { step, before } = effect;
  if (step.action === 'create') return created(effect);
  if (step.action === 'forget') return null;
  if (before !== undefined && step.generation !== before.generation) return deposedAfter(step, before, effect.now);
  if (step.action === 'destroy') return destroyed(before, effect.now);
  if (before === undefined) throw new PjError('PJ4011', { workload: step.workload, action: step.action });
  const { want, spec = before.spec, now } = effect;
  const base: WorkloadRecord = { ...before, updatedAt: now };
  switch (step.action) {
    case 'start': {
      const started: WorkloadRecord = {
        ...without(base, effect.imperative ? [] : ['imperative']),
        spec,
        state: along(before, ROUTES.start),
        health: hasHealthCheck(spec) ? 'starting' : 'none',
        completed: false,
        desiredState: want?.desiredState ?? before.desiredState,
      };
      const noted = withNote(started, effect);
      return effect.proves && !hasHealthCheck(spec) ? proven(noted) : without(noted, ['lastError']);
    }
    case 'wait':
      return step.condition === 'completed'
        ? proven({ ...base, state: along(before, ROUTES.complete), completed: true, health: 'none' })
        : proven({
            ...base,
            state: along(before, ROUTES.run),
            health: hasHealthCheck(spec) ? 'healthy' : 'none',
          });
    case 'update': {
      const updated = without({ ...base, ...metadata(want, before), spec }, ['lastError']);
      return effect.proves && before.state === 'RUNNING' && before.health !== 'unhealthy' ? proven(updated) : updated;
    }
    case 'stop':
      if (effect.killed !== undefined) {
        const state = along({ ...base, state: along(before, ROUTES.stop) }, ROUTES.fail);
        return { ...base, state, health: 'none', lastError: effect.killed };
      }
      return without(
        withNote(
          {
            ...base,
            state: along(before, ROUTES.stop),
            health: 'none',
            desiredState: want?.desiredState ?? before.desiredState,
          },
          effect,
        ),
        ['lastError'],
      );
    case 'pause':
    case 'resume':
      return without(
        withNote(
          {
            ...base,
            state: along(before, ROUTES[step.action]),
            desiredState: want?.desiredState ?? before.desiredState,
          },
          effect,
        ),
        ['lastError'],
      );
    default:
      return step.action satisfies never;
  }
}

/** The record after its step failed. `kept`: nothing was done to the workload, so its state stays and only the error is noted. */
export function recordAfterFailure(
  effect: Effect,
  error: { code: string; message: string },
  how: 'failed' | 'unhealthy' | 'kept',
): WorkloadRecord | null {
  const { step, before } = effect;
  const failure = { lastError: error, updatedAt: effect.now };
  if (step.action === 'create' && how !== 'kept') {
    // The instance that it was to stand beside still is the current one.
    if (before !== undefined && standsBeside(step, before)) return { ...before, ...failure };
    const made = created(effect);
    return { ...made, ...failure, state: 'FAILED' };
  }
  if (before === undefined) return null;
  if (how === 'kept' || before.generation !== step.generation) return { ...before, ...failure };
  if (how === 'unhealthy') {
    return { ...before, ...failure, state: along(before, ROUTES.run), health: 'unhealthy' };
  }
  const running = before.state === 'RUNNING' || before.state === 'PAUSED';
  // What was only to be changed in place, paused or resumed still is what it was.
  if (step.action === 'pause' || step.action === 'resume' || (step.action === 'update' && running)) {
    return { ...before, ...failure };
  }
  const spec = step.action === 'start' ? (effect.spec ?? before.spec) : before.spec;
  const health = hasHealthCheck(before.spec) && step.action === 'wait' ? 'unhealthy' : 'none';
  return { ...before, ...failure, spec, health, state: along(before, ROUTES.fail) };
}

/** True when a create makes a new generation beside one that is still there. */
export function standsBeside(step: Step, before: WorkloadRecord): boolean {
  return step.generation !== before.generation && before.handle !== null;
}

/** The last spec that is known to have run well, of a record as it was before the run. */
export function lastGoodSpec(record: WorkloadRecord | undefined): Spec | undefined {
  if (record === undefined) return undefined;
  const runs = record.state === 'RUNNING' && (record.health === 'none' || record.health === 'healthy');
  if (runs && record.lastError === undefined) return record.spec;
  return record.previousSpec;
}

function created(effect: Effect): WorkloadRecord {
  const { step, before, want, now, lastGood } = effect;
  if (want === undefined) throw new PjError('PJ4001', { what: `step "${step.id}" has no spec in the plan` });
  const beside =
    before !== undefined && standsBeside(step, before)
      ? [{ generation: before.generation, provider: before.provider, spec: before.spec, handle: before.handle }]
      : [];
  const deposed = [...(before?.deposed ?? []).filter((one) => one.generation !== step.generation), ...beside];
  return {
    id: step.workload,
    kind: want.kind,
    provider: want.provider,
    generation: step.generation,
    spec: effect.spec ?? want.spec,
    // A create done once more of what may still be there in part.
    handle: before !== undefined && before.generation === step.generation ? before.handle : null,
    state: 'DEPLOYED',
    health: 'none',
    completed: false,
    desiredState: want.desiredState,
    dependencies: want.dependencies,
    lifecycle: want.lifecycle,
    attributes: {},
    createdAt: now,
    updatedAt: now,
    ...(lastGood === undefined ? {} : { previousSpec: lastGood }),
    ...(deposed.length === 0 ? {} : { deposed }),
    ...(effect.imperative && before?.imperative !== undefined ? { imperative: before.imperative } : {}),
  };
}

/** A step on an older instance: only its removal shows in the record. */
function deposedAfter(step: Step, before: WorkloadRecord, now: string): WorkloadRecord | null {
  if (step.action === 'stop') return before;
  if (step.action !== 'destroy') {
    throw new PjError('PJ4011', { workload: `${step.workload}@${step.generation}`, action: step.action });
  }
  const deposed = (before.deposed ?? []).filter((one) => one.generation !== step.generation);
  if (deposed.length > 0) return { ...before, deposed, updatedAt: now };
  // The current instance went first, and its record stayed for this one's sake alone.
  if (before.handle === null && before.lastError?.code === 'PJ4015') return null;
  return without({ ...before, updatedAt: now }, ['deposed']);
}

function destroyed(before: WorkloadRecord | undefined, now: string): WorkloadRecord | null {
  if (before?.deposed === undefined || before.deposed.length === 0) return null;
  const { code, message } = new PjError('PJ4015', { workload: before.id });
  return {
    ...before,
    handle: null,
    state: 'FAILED',
    health: 'none',
    completed: false,
    attributes: {},
    lastError: { code, message },
    updatedAt: now,
  };
}

/** The record with a note of the imperative command that brought it to another desired state: plan says who stopped it. */
function withNote(record: WorkloadRecord, { imperative, before, step, now, by }: Effect): WorkloadRecord {
  if (!imperative || before === undefined || before.desiredState === record.desiredState) return record;
  return { ...record, imperative: { command: by ?? `pj ${step.action}`, at: now } };
}

/** A record whose spec is now known to run well. */
function proven(record: WorkloadRecord): WorkloadRecord {
  const previousSpec = equal(record.previousSpec, record.spec) ? (record.previousSpec ?? record.spec) : record.spec;
  return without({ ...record, previousSpec }, ['lastError']);
}

function metadata(want: PlannedWorkload | undefined, before: WorkloadRecord) {
  const { dependencies, lifecycle, desiredState } = want ?? before;
  return { dependencies, lifecycle, desiredState };
}

function along(record: WorkloadRecord, route: readonly LifecycleState[]): LifecycleState {
  let here = record.state;
  for (const next of route) if (mayBecome(here, next)) here = next;
  const to = route.at(-1) ?? here;
  if (here !== to) throw new PjError('PJ4014', { workload: record.id, from: record.state, to });
  return here;
}

function without<K extends 'lastError' | 'deposed' | 'imperative'>(
  record: WorkloadRecord,
  keys: readonly K[],
): WorkloadRecord {
  if (!keys.some((key) => record[key] !== undefined)) return record;
  const copy: WorkloadRecord = { ...record };
  for (const key of keys) delete copy[key];
  return copy;
}
