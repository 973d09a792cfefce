import type { DependencyGraph } from './graph.ts';
import type { Node } from './node.ts';
import { type OwnSteps } from './steps.ts';
/** Everything that edges are drawn from. */
export interface Drawn {
    nodes: ReadonlyMap<string, Node>;
    steps: ReadonlyMap<string, OwnSteps>;
    /** Without cycles; asked for only where something stops, is destroyed or forgotten. */
    recorded(): DependencyGraph;
}
/**
 * Ties the steps of different workloads together.
 *
 * There can be no cycle, since every step is of one of these, and each depends only on those before it: starts (and what leads to
 * them) of workloads of which nothing goes down, themselves and all they depend on; stops and destroys; the other
 * starts; the destroys of what is gone from the descriptors, which nothing but others of their kind waits for.
 */
export declare function tie(drawn: Drawn): void;
