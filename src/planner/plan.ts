import { PjError } from '../errors.ts';
import type { Plan } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { isJob } from '../model/spec.ts';
import type { Dependency, Workload } from '../model/workload.ts';
import { assemble } from './assemble.ts';
import type { Context } from './context.ts';
import { cutCycles } from './cycles.ts';
import { decide } from './decide.ts';
import { type DependencyGraph, dependenciesFirst, dependencyGraph } from './graph.ts';
import type { PlannerInput, ProviderRules } from './input.ts';
import { leave } from './leave.ts';
import { type Renamed, rename } from './moved.ts';
import { emptyShape, type Node } from './node.ts';
import { nowOf } from './now.ts';
import { scopeOf } from './targets.ts';
import { warning } from './warnings.ts';

/** What is asked beyond the descriptors: nothing for `pj plan`, the command for `pj start` and the like. */
export interface Asked {
  compareSpecs: boolean;
  /** Compared is only what is recorded with what the engines say. */
  asRecorded?: boolean;
  restart: ReadonlyMap<string, string>;
  start: ReadonlyMap<string, string>;
  /** Narrows the plan down further. */
  only?: (id: string) => boolean;
}

/**
 * Makes the plan that leads from what is recorded and observed to what is wanted. Pure: the same input gives the same plan.
 * Throws a PjError (PJ2xxx) for a cycle, an unknown id in an option, contradictions in `moved` and `forget`, and a pause that
 * its provider cannot do.
 */
export function plan(input: PlannerInput): Plan {
  return planFor(input, { compareSpecs: true, restart: new Map(), start: new Map() });
}

/** As plan, with what an imperative command asks. */
export function planFor(input: PlannerInput, asked: Asked): Plan {
  const destroy = input.options.mode === 'destroy';
  const described = byId(input.desired);
  const { records, observed, previous, moved } = rename(input.snapshot, input.observed, input.moved, described);
  const wanted = destroy ? [] : [...described.keys()].sort();
  refuseUnknown(wanted, described, records);

  const wants = (id: string) => described.get(id)?.dependencies ?? [];
  const desired = lazily(() => dependencyGraph(wanted, wants));
  const recorded = lazily(() => {
    const graph = dependencyGraph([...records.keys()].sort(), (id) => records.get(id)?.dependencies ?? []);
    cutCycles(graph);
    return graph;
  });
  const inScope = scopeOf(input.options, {
    desired,
    recorded,
    isDesired: (id) => described.has(id),
    isRecorded: (id) => records.has(id),
  });

  const nodes = new Map<string, Node>();
  const ids = [...new Set([...described.keys(), ...records.keys()])].sort();
  const runsOnce = onesThatRunOnce(described, records);
  for (const id of ids) {
    const included = input.options.mode !== 'refresh-only' && inScope(id) && (asked.only?.(id) ?? true);
    nodes.set(id, nodeOf(id, described.get(id), { records, observed, previous, included, runsOnce }));
  }
  const ctx = contextOf(input, asked, nodes);
  for (const id of dependenciesFirst(wanted, wants)) {
    const node = nodes.get(id);
    if (node?.want !== undefined) decide(node, node.want, ctx);
  }
  leaveAll(input, { destroy, described, records, recorded, nodes }, ctx);
  return assemble(input, { nodes, recorded, moved, warnings: ctx.warnings });
}

function leaveAll(
  input: PlannerInput,
  scene: {
    destroy: boolean;
    described: ReadonlyMap<string, Workload>;
    records: ReadonlyMap<string, WorkloadRecord>;
    recorded(): DependencyGraph;
    nodes: ReadonlyMap<string, Node>;
  },
  ctx: Context,
): void {
  const { destroy, described, records, recorded, nodes } = scene;
  const forget = new Set(input.forget);
  for (const id of forget) if (!destroy && described.has(id)) throw new PjError('PJ2006', { id });
  let any = false;
  for (const id of records.keys()) any ||= destroy || !described.has(id);
  if (!any) return;
  const graph = recorded();
  const order = dependenciesFirst(graph.nodes(), (id) => graph.outNeighbors(id).map((on) => ({ id: on })));
  for (const id of order.reverse()) {
    const node = nodes.get(id);
    if (node === undefined || (!destroy && described.has(id))) continue;
    const how = forget.has(id) && !described.has(id);
    leave(
      node,
      { forget: how, cause: destroy && !how ? { type: 'requested', by: 'pj destroy' } : { type: 'removed' } },
      recorded(),
      ctx,
    );
  }
}

function nodeOf(
  id: string,
  want: Workload | undefined,
  from: Pick<Renamed, 'records' | 'observed' | 'previous'> & { included: boolean; runsOnce: (id: string) => boolean },
): Node {
  const record = from.records.get(id);
  const observed = record === undefined ? undefined : from.observed.get(id);
  return {
    id,
    want,
    record,
    observed,
    now: nowOf(record, observed),
    previousId: from.previous.get(id),
    included: from.included,
    planned: undefined,
    proposed: undefined,
    shape: emptyShape(),
    differences: [],
    causes: [],
    action: 'no-op',
    runsOnce: from.runsOnce(id),
    disturbed: false,
    dataLoss: [],
    refused: undefined,
    held: undefined,
  };
}

function contextOf(input: PlannerInput, asked: Asked, nodes: Map<string, Node>): Context {
  const { options } = input;
  const known = new Map<string, ProviderRules>();
  const warnings = [...input.warnings];
  if (options.mode !== 'imperative' && options.targets.length + options.excludes.length > 0) {
    warnings.push(warning('PJ2037', {}));
  }
  return {
    input,
    nodes,
    rules(provider) {
      let rules = known.get(provider);
      if (rules === undefined) {
        rules = input.rules(provider);
        known.set(provider, rules);
      }
      return rules;
    },
    compareSpecs: asked.compareSpecs,
    asRecorded: asked.asRecorded ?? false,
    asked: {
      replace: new Map(options.replace.map((id) => [id, '--replace'])),
      restart: asked.restart,
      start: asked.start,
    },
    warnings,
    someStay: [...nodes.values()].some(({ included, record }) => !included && record !== undefined),
  };
}

/** Jobs, and whatever another one waits to be completed: by the descriptors, and by the record for what has none. */
function onesThatRunOnce(
  described: ReadonlyMap<string, Workload>,
  records: ReadonlyMap<string, WorkloadRecord>,
): (id: string) => boolean {
  const awaitedBy = (all: Iterable<{ dependencies: Dependency[] }>): Set<string> => {
    const found = new Set<string>();
    for (const { dependencies } of all) {
      for (const { id, condition } of dependencies) if (condition === 'completed') found.add(id);
    }
    return found;
  };
  const now = awaitedBy(described.values());
  let before: Set<string> | undefined;
  return (id) => {
    const want = described.get(id);
    if (want !== undefined) return isJob(want.spec) || now.has(id);
    before ??= awaitedBy(records.values());
    const record = records.get(id);
    return (record !== undefined && isJob(record.spec)) || before.has(id);
  };
}

function byId(desired: readonly Workload[]): Map<string, Workload> {
  const found = new Map<string, Workload>();
  for (const workload of desired) {
    if (found.has(workload.id)) throw new PjError('PJ2012', { id: workload.id });
    found.set(workload.id, workload);
  }
  return found;
}

function refuseUnknown(
  ids: readonly string[],
  described: ReadonlyMap<string, Workload>,
  records: ReadonlyMap<string, unknown>,
): void {
  for (const id of ids) {
    for (const dependency of described.get(id)?.dependencies ?? []) {
      if (dependency.optional || described.has(dependency.id)) continue;
      const advice = records.has(dependency.id)
        ? `${dependency.id} is in the state but has no descriptor any more: put it back, or take the dependency out.`
        : undefined;
      throw new PjError('PJ2007', { id, dependency: dependency.id }, advice === undefined ? {} : { advice });
    }
  }
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
