import type { Plan, WorkloadChange } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { cutCycles } from './cycles.ts';
import { closure, type DependencyGraph, dependencyGraph } from './graph.ts';
import { asRecorded, takenAlong } from './imperative.ts';
import type { PlannerInput } from './input.ts';
import { nowOf } from './now.ts';
import { planFor } from './plan.ts';

export interface HealRequest {
  /** Empty: all. What they depend on is not brought back with them unless it is named too. */
  ids: readonly string[];
  /** Only what needs no replace, loses no data and stops nothing that somebody started. */
  safe: boolean;
  /** Of these it is tried again though they are recorded as FAILED: their start failed. @default none */
  retry?: readonly string[];
  /** Only what is down: what runs is left as it is, whatever has changed about it. @default false */
  downOnly?: boolean;
  /** Those that are left as they are, and why. */
  leave: ReadonlyMap<string, string>;
}

/** `left`: what has drifted and is not brought back by this plan, and why; by id. */
export interface Healing {
  plan: Plan;
  left: Map<string, string>;
}

/**
 * The plan that brings reality back to what is recorded, whatever the descriptors say by now: only what has drifted, and those that have to restart with
 * it. What is recorded as failed, as completed or half-way stays as it is, and so does what its supervisor is about to start again.
 */
export function planHeal(given: PlannerInput, request: HealRequest): Healing {
  const input = request.downOnly === true ? { ...given, observed: withoutFields(given.observed) } : given;
  const records = new Map(Object.entries(input.snapshot?.workloads ?? {}));
  const graph = dependencyGraph([...records.keys()].sort(), (id) => records.get(id)?.dependencies ?? []);
  cutCycles(graph);
  const retry = new Set(request.retry);
  const up = (id: string): boolean => nowOf(records.get(id), input.observed.get(id)).up;
  const may = new Set([...records.values()].filter((record) => isHealable(record, input, retry)).map(({ id }) => id));
  const plan = (scope: ReadonlySet<string>): Plan => planOf(input, records, graph, scope);

  const drifted = plan(may)
    .changes.filter((change) => hasDrifted(change, retry.has(change.id), request.downOnly === true))
    .map(({ id }) => id);
  const asked = request.ids.length === 0 ? undefined : new Set(request.ids);
  const left = new Map<string, string>();
  const roots = new Set<string>();
  for (const id of drifted) {
    const why = request.leave.get(id);
    if (asked !== undefined && !asked.has(id)) continue;
    if (why === undefined) roots.add(id);
    else left.set(id, why);
  }
  for (;;) {
    const along = takenAlong(roots, records, graph, up);
    const scope = new Set([...along].filter((id) => roots.has(id) || (may.has(id) && !request.leave.has(id))));
    const made = plan(scope);
    const refused = made.changes.flatMap((change): [string, string][] => {
      const why = scope.has(change.id) ? whyNot(change, request.safe, retry.has(change.id)) : undefined;
      return why === undefined ? [] : [[change.id, why]];
    });
    if (refused.length === 0) {
      for (const { code, workload, message } of made.warnings)
        if (code === 'PJ2031' && workload !== undefined && roots.has(workload)) left.set(workload, message);
      return { plan: made, left };
    }
    for (const [id, why] of refused) {
      // One that only had to restart with another takes that other with it: half of it would break it.
      const blamed = roots.has(id) ? [id] : [...closure(graph, [id], 'dependencies')].filter((on) => roots.has(on));
      if (blamed.length === 0) may.delete(id);
      for (const one of blamed) {
        roots.delete(one);
        left.set(one, one === id ? why : `${id} would have to restart with it: ${why}`);
      }
    }
  }
}

/** What is down is started as it is: a field that has changed about it is drift like any other. */
const withoutFields = (observed: PlannerInput['observed']): PlannerInput['observed'] =>
  new Map([...observed].map(([id, one]) => [id, { ...one, fields: {} }]));

function planOf(
  input: PlannerInput,
  records: ReadonlyMap<string, WorkloadRecord>,
  graph: DependencyGraph,
  scope: ReadonlySet<string>,
): Plan {
  return planFor(
    {
      ...input,
      desired: [...records.values()].map((record) => asRecorded(record, graph, undefined)),
      moved: [],
      forget: [],
      options: { ...input.options, mode: 'imperative', targets: [], excludes: [], replace: [] },
    },
    { compareSpecs: true, asRecorded: true, restart: new Map(), start: new Map(), only: (id) => scope.has(id) },
  );
}

/** It was brought to its desired state once, and nobody else is at work on it. */
function isHealable(record: WorkloadRecord, input: PlannerInput, retry: ReadonlySet<string>): boolean {
  if (record.completed || record.handle === null || input.interrupted.has(record.id)) return false;
  if (input.observed.get(record.id)?.restarting === true) return false;
  const { state, desiredState } = record;
  if (state === 'FAILED') return retry.has(record.id) && desiredState === 'running';
  if (state === 'RUNNING' || state === 'STARTING') return desiredState === 'running';
  if (state === 'PAUSED') return desiredState === 'paused';
  return (state === 'STOPPED' || state === 'DEPLOYED') && desiredState === 'stopped';
}

const hasDrifted = ({ action, refused, causes }: WorkloadChange, again: boolean, downOnly: boolean): boolean =>
  (action !== 'no-op' || refused !== undefined) &&
  (again || causes.some((cause) => cause.type === 'drift' && !(downOnly && cause.what === 'changed')));

/** Why a change is not made; undefined: it is. */
function whyNot(
  { action, dataLoss, refused, causes }: WorkloadChange,
  safe: boolean,
  again: boolean,
): string | undefined {
  if (refused !== undefined) return refused.message;
  if (action === 'no-op') return undefined;
  if (!again && !causes.some(({ type }) => type === 'drift' || type === 'dependency'))
    return 'its record is not settled: run pj apply';
  if (dataLoss.length > 0) return `it would lose data (${dataLoss.join(', ')})`;
  if (!safe) return undefined;
  if (action === 'replace' || action === 'create-before-destroy') return 'it would have to be replaced';
  return action === 'stop' ? 'somebody has started it, and it would be stopped' : undefined;
}
