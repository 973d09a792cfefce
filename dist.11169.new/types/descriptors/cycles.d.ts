import type { Built } from './build.ts';
import type { Report } from './problem.ts';
/** Reports the shortest cycles of the dependency graph, `a → b → c → a`, with each edge's place. Linear in nodes and edges. */
export declare function reportCycles(all: readonly Built[], report: Report): void;
