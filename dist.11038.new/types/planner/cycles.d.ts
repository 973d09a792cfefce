import type { DependencyGraph } from './graph.ts';
/** One cycle as a list of ids, each depending on the next and the last on the first; undefined where there is none. */
export declare function cycleIn(graph: DependencyGraph): string[] | undefined;
/**
 * Takes edges out until no cycle is left. The recorded graph can have one for a while: a run that turned a dependency round
 * and ended half-way has written one end of it only. Stop order can follow no cycle, so one edge of it has to give.
 */
export declare function cutCycles(graph: DependencyGraph): void;
