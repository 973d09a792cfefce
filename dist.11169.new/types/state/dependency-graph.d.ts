import type { WorkloadRecord } from '../model/record.ts';
type Records = Record<string, WorkloadRecord>;
type Graph = Record<string, Pick<WorkloadRecord, 'dependencies'>>;
/** A cycle among the recorded dependencies as a list of ids, each depending on the next and the last on the first; or undefined. */
export declare function findCycle(workloads: Graph): string[] | undefined;
/**
 * Cuts every cycle in place, at the record that was written longest ago, and gives the cut edges. A run that turns a
 * dependency round (a on b becomes b on a) and ends half-way leaves one: descriptors have none, so the older record's edge is the outdated one.
 */
export declare function cutCycles(workloads: Records): {
    from: string;
    to: string;
}[];
/** Dependencies on workloads that are not recorded, optional ones aside. */
export declare function danglingDependencies(workloads: Records): {
    from: string;
    to: string;
}[];
export {};
