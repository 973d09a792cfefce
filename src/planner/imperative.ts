import { PjError } from '../errors.ts';
import type { Plan } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { DesiredState, Workload } from '../model/workload.ts';
import { cutCycles } from './cycles.ts';
import { closure, type DependencyGraph, dependencyGraph } from './graph.ts';
import { hostOf } from './hosts.ts';
import type { PlannerInput } from './input.ts';
import { nowOf } from './now.ts';
import { planFor } from './plan.ts';
import { requireKnown } from './targets.ts';
import { listed, warning } from './warnings.ts';

export type ImperativeCommand = 'start' | 'stop' | 'restart' | 'pause' | 'resume';

/** What `pj start|stop|restart|pause|resume ID…` asks. `cascade`: with stop, what depends on them is stopped too. */
export interface ImperativeRequest {
  command: ImperativeCommand;
  ids: readonly string[];
  cascade: boolean;
}

/**
 * The plan of an imperative command. It changes no spec: everything is taken as recorded. Start and restart bring up what they
 * need; stop leaves what depends on them running (with a warning) unless it cascades; restart takes those that depend with
 * `restart: true` along. Throws PJ2002 for an unknown id, PJ2009 for one that is not deployed, PJ2008 for a pause that cannot be.
 */
export function planImperative(input: PlannerInput, request: ImperativeRequest): Plan {
  const { command } = request;
  const records = new Map(Object.entries(input.snapshot?.workloads ?? {}));
  const graph = dependencyGraph([...records.keys()].sort(), (id) => records.get(id)?.dependencies ?? []);
  cutCycles(graph);
  const described = new Set(input.desired.map((one) => one.id));
  const known = {
    desired: () => graph,
    recorded: () => graph,
    isRecorded: (id: string) => records.has(id),
    isDesired: (id: string) => described.has(id),
  };
  for (const id of request.ids) {
    requireKnown(`pj ${command}`, id, known);
    if (!records.has(id)) throw new PjError('PJ2009', { id, command });
  }
  const up = (id: string): boolean => nowOf(records.get(id), input.observed.get(id)).up;
  const scene: Scene = { input, request, records, graph, up };
  const states = statesFor(scene);
  const warnings = [...input.warnings, ...warningsFor(scene, states)];
  const by = `pj ${command}`;
  const asked = new Map(request.ids.map((id) => [id, by]));
  const none = new Map<string, string>();
  return planFor(
    {
      ...input,
      desired: [...records.values()].map((record) => asRecorded(record, graph, states.get(record.id))),
      moved: [],
      forget: [],
      warnings,
      options: { ...input.options, mode: 'imperative', targets: [], excludes: [], replace: [] },
    },
    {
      compareSpecs: false,
      restart: command === 'restart' ? asked : none,
      start: command === 'start' ? asked : none,
      only: (id) => states.has(id),
    },
  );
}

interface Scene {
  input: PlannerInput;
  request: ImperativeRequest;
  records: ReadonlyMap<string, WorkloadRecord>;
  graph: DependencyGraph;
  up(id: string): boolean;
}

/** Which workloads the command is about, and how each is to be afterwards. */
function statesFor({ input, request, records, graph, up }: Scene): Map<string, DesiredState> {
  const states = new Map<string, DesiredState>();
  const set = (ids: Iterable<string>, state: DesiredState): void => {
    for (const id of ids) states.set(id, state);
  };
  const status = (id: string): string => nowOf(records.get(id), input.observed.get(id)).status;
  switch (request.command) {
    case 'start':
      set(closure(graph, request.ids, 'dependencies'), 'running');
      break;
    case 'stop':
      set(request.cascade ? closure(graph, request.ids, 'dependents') : request.ids, 'stopped');
      break;
    case 'restart': {
      const with_ = takenAlong(request.ids, records, graph, up);
      set(closure(graph, with_, 'dependencies'), 'running');
      break;
    }
    case 'pause':
      set(
        request.ids.filter((id) => status(id) === 'running'),
        'paused',
      );
      break;
    case 'resume':
      set(
        request.ids.filter((id) => status(id) === 'paused'),
        'running',
      );
      break;
  }
  return states;
}

/** Those asked for, and whatever runs and depends on one of them with `restart: true`, however far. */
export function takenAlong(
  ids: Iterable<string>,
  records: ReadonlyMap<string, WorkloadRecord>,
  graph: DependencyGraph,
  up: (id: string) => boolean,
): Set<string> {
  const along = new Set(ids);
  const stack = [...along];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const on = id;
    for (const next of graph.inNeighbors(on)) {
      const restarts = records.get(next)?.dependencies.some((d) => d.id === on && d.restart) === true;
      if (!restarts || along.has(next) || !up(next)) continue;
      along.add(next);
      stack.push(next);
    }
  }
  return along;
}

function warningsFor({ input, request, records, graph, up }: Scene, states: ReadonlyMap<string, DesiredState>) {
  const { command } = request;
  return [...request.ids].sort().flatMap((id) => {
    if (command === 'pause' || command === 'resume') {
      if (states.has(id)) return [];
      const { status } = nowOf(records.get(id), input.observed.get(id));
      const because = command === 'pause' ? `it is ${status}, not running` : `it is ${status}, not paused`;
      return [warning('PJ2035', { id, because }, id)];
    }
    if (command !== 'stop') return [];
    const dependents = graph.inNeighbors(id).filter((other) => up(other) && !states.has(other));
    // Those within it are told of one by one: they do not run on.
    const others = dependents.filter((other) => hostOf(records.get(other)?.spec) !== id).sort();
    return others.length === 0 ? [] : [warning('PJ2033', { id, dependents: listed(others) }, id)];
  });
}

/** A record as if a descriptor asked for just that, or for it to be in another state. */
export function asRecorded(record: WorkloadRecord, graph: DependencyGraph, state: DesiredState | undefined): Workload {
  return {
    id: record.id,
    kind: record.kind,
    provider: record.provider,
    dependencies: record.dependencies.filter((one) => graph.hasDirectedEdge(record.id, one.id)),
    desiredState: state ?? record.desiredState,
    lifecycle: record.lifecycle,
    spec: record.spec,
  };
}
