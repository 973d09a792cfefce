import { DirectedGraph } from 'graphology';
import { PjError } from '../errors.ts';
import { cycleIn } from './cycles.ts';

/** Who depends on whom: an edge goes from a workload to what it depends on. */
export type DependencyGraph = DirectedGraph;

/**
 * The graph of these ids. Edges to ids that are not among them are left out; so is an id's edge to itself. Ids and edges are
 * added in the order given, which is the order they are told in later.
 */
export function dependencyGraph(ids: Iterable<string>, on: (id: string) => readonly { id: string }[]): DependencyGraph {
  const graph = new DirectedGraph({ allowSelfLoops: false });
  for (const id of ids) graph.addNode(id);
  for (const id of graph.nodes()) {
    for (const dependency of on(id)) {
      if (dependency.id !== id && graph.hasNode(dependency.id)) graph.mergeDirectedEdge(id, dependency.id);
    }
  }
  return graph;
}

/**
 * All ids, each after everything it depends on, and by code unit among those that are free. What it depends on beyond the ids
 * does not count. Throws PJ2001 for a cycle. Needs no graph, as every plan asks for this and few for more.
 */
export function dependenciesFirst(ids: Iterable<string>, on: (id: string) => readonly { id: string }[]): string[] {
  const waiting = new Map<string, number>();
  for (const id of ids) waiting.set(id, 0);
  const dependents = new Map<string, string[]>();
  let free: string[] = [];
  for (const id of waiting.keys()) {
    let count = 0;
    for (const { id: before } of on(id)) {
      if (before === id || !waiting.has(before)) continue;
      count += 1;
      const list = dependents.get(before);
      if (list === undefined) dependents.set(before, [id]);
      else list.push(id);
    }
    waiting.set(id, count);
    if (count === 0) free.push(id);
  }
  const order: string[] = [];
  while (free.length > 0) {
    const next: string[] = [];
    for (const id of free.sort()) {
      order.push(id);
      for (const dependent of dependents.get(id) ?? []) {
        const left = (waiting.get(dependent) ?? 0) - 1;
        waiting.set(dependent, left);
        if (left === 0) next.push(dependent);
      }
    }
    free = next;
  }
  if (order.length === waiting.size) return order;
  const cycle = cycleIn(dependencyGraph(waiting.keys(), on)) ?? [];
  throw new PjError('PJ2001', { cycle: [...cycle, cycle[0] ?? ''].join(' → ') });
}

/** Everything that can be reached from `from`, itself included: along what it depends on, or against it. */
export function closure(
  graph: DependencyGraph,
  from: Iterable<string>,
  direction: 'dependencies' | 'dependents',
  follow: (id: string) => boolean = () => true,
): Set<string> {
  const seen = new Set<string>();
  const stack = [...from].filter((id) => graph.hasNode(id));
  for (const id of stack) seen.add(id);
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const visit = (next: string) => {
      if (seen.has(next) || !follow(next)) return;
      seen.add(next);
      stack.push(next);
    };
    if (direction === 'dependencies') graph.forEachOutNeighbor(id, visit);
    else graph.forEachInNeighbor(id, visit);
  }
  return seen;
}
