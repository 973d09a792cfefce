import type { Built } from './build.ts';
import type { Report } from './problem.ts';
/**
 * Turns the edges of all workloads into their dependencies: replicas expanded, conditions told, absent optional ones dropped. A native
 * workload that something waits for to be completed becomes a job. Unknown ids and conditions that can't come true are reported.
 * `replicated` gives the ids that stand for replicas; `known` every id that was described, also where the descriptor is broken.
 */
export declare function resolveDependencies(all: readonly Built[], replicated: ReadonlyMap<string, number>, known: ReadonlySet<string>, report: Report, warn: Report): void;
