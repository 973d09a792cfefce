import { DirectedGraph } from 'graphology';
/** Who depends on whom: an edge goes from a workload to what it depends on. */
export type DependencyGraph = DirectedGraph;
/**
 * The graph of these ids. Edges to ids that are not among them are left out; so is an id's edge to itself. Ids and edges are
 * added in the order given, which is the order they are told in later.
 */
export declare function dependencyGraph(ids: Iterable<string>, on: (id: string) => readonly {
    id: string;
}[]): DependencyGraph;
/**
 * All ids, each after everything it depends on, and by code unit among those that are free. What it depends on beyond the ids
 * does not count. Throws PJ2001 for a cycle. Needs no graph, as every plan asks for this and few for more.
 */
export declare function dependenciesFirst(ids: Iterable<string>, on: (id: string) => readonly {
    id: string;
}[]): string[];
/** Everything that can be reached from `from`, itself included: along what it depends on, or against it. */
export declare function closure(graph: DependencyGraph, from: Iterable<string>, direction: 'dependencies' | 'dependents', follow?: (id: string) => boolean): Set<string>;
