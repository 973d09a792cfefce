import type { DependencyGraph } from './graph.ts';

/** One cycle as a list of ids, each depending on the next and the last on the first; undefined where there is none. */
export function cycleIn(graph: DependencyGraph): string[] | undefined {
  let found: string[] | undefined;
  backEdges(graph, (path, to) => {
    found ??= path.slice(path.indexOf(to));
    return false;
  });
  return found;
}

/**
 * Takes edges out until no cycle is left. The recorded graph can have one for a while: a run that turned a dependency round
 * and ended half-way has written one end of it only. Stop order can follow no cycle, so one edge of it has to give.
 */
export function cutCycles(graph: DependencyGraph): void {
  backEdges(graph, (path, to) => {
    graph.dropEdge(path.at(-1), to);
    return true;
  });
}

/** Walks depth first with a stack of its own (chains are thousands long) and tells each edge that leads back onto the path; false ends the walk. */
function backEdges(graph: DependencyGraph, tell: (path: string[], to: string) => boolean): void {
  const done = new Set<string>();
  const onPath = new Set<string>();
  for (const root of graph.nodes().sort()) {
    if (done.has(root)) continue;
    const path = [root];
    const todo = [graph.outNeighbors(root).sort()];
    onPath.add(root);
    while (path.length > 0) {
      const here = path[path.length - 1] ?? '';
      const next = todo[todo.length - 1]?.pop();
      if (next === undefined) {
        done.add(here);
        onPath.delete(here);
        path.pop();
        todo.pop();
      } else if (onPath.has(next)) {
        if (!tell(path, next)) return;
      } else if (!done.has(next)) {
        path.push(next);
        onPath.add(next);
        todo.push(graph.outNeighbors(next).sort());
      }
    }
  }
}
