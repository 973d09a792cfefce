/** Something with an id that may run once everything it depends on is done. */
export interface Node {
    readonly id: string;
    readonly dependsOn: readonly string[];
}
/** What a node that ran came to. `not-started`: it was given up before it came to anything, because the run is being stopped. */
export type Ran = 'done' | 'failed' | 'not-started';
export interface ScheduleOptions<N> {
    /** Nodes at once, from 1. */
    parallelism: number;
    /** Once it is aborted nothing more starts; what runs is waited for. */
    stop: AbortSignal;
    /** Runs one node. Must not reject: a rejection is a bug, and ends the walk once what runs has ended. */
    run(node: N): Promise<Ran>;
    /** Told for every node that depends, however far, on one that failed; in the order of the nodes. */
    skipped(node: N, because: N): void;
}
interface Graph {
    /** Positions of the nodes that wait for each node. */
    dependents: number[][];
    /** How many each node still waits for. */
    waiting: number[];
}
/**
 * Runs the nodes as a graph: each as soon as everything it depends on is done, among those that are free in the order given.
 * There are no barriers, and a node costs O(log n) and its edges. Nodes in the answer: those that ran; the skipped ones were
 * told; those never started are absent. Throws PJ4001 for ids that are not unique, unknown dependencies and cycles.
 */
export declare function walk<N extends Node>(nodes: readonly N[], options: ScheduleOptions<N>): Promise<Map<string, Ran>>;
/** The edges by position. Throws PJ4001 for ids that are not unique, unknown dependencies and cycles. */
export declare function graphOf(nodes: readonly Node[]): Graph;
export {};
