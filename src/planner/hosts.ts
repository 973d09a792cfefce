import type { Spec } from '../model/spec.ts';
import type { DependencyGraph } from './graph.ts';
import type { Node } from './node.ts';

/** The id of the host JVM that something runs in; undefined where it is a process, a container or a machine of its own. */
export const hostOf = (spec: Spec | undefined): string | undefined => spec?.java?.host;

/** True when it runs in this one now: whatever takes the host down takes it down too. */
export const runsIn = (node: Node, host: string): boolean => node.now.up && hostOf(node.record?.spec) === host;

/** True when all that depends on it by the record, however far, leaves as it does: its destroy waits for nothing that comes up. */
export function leavesAlone(
  id: string,
  graph: DependencyGraph,
  leaves: (id: string) => boolean,
  known: Map<string, boolean> = new Map(),
): boolean {
  const before = known.get(id);
  if (before !== undefined) return before;
  known.set(id, true);
  const alone = graph.inNeighbors(id).every((other) => leaves(other) && leavesAlone(other, graph, leaves, known));
  known.set(id, alone);
  return alone;
}
