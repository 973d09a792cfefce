import type { Observed } from '../model/observed.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
/** The records and observations under the ids that they have from now on. */
export interface Renamed {
    records: Map<string, WorkloadRecord>;
    observed: ReadonlyMap<string, Observed>;
    /** New id to the id in the state. */
    previous: Map<string, string>;
    moved: {
        from: string;
        to: string;
    }[];
}
/**
 * Renames the records that `moved:` in pj.yaml names; those that depend on them follow. Entries whose `from` is not in the
 * state have done their work already. Throws PJ2003 (both are recorded), PJ2004 (`from` still has a descriptor), PJ2005 (entries that contradict each other).
 */
export declare function rename(snapshot: Snapshot | undefined, observed: ReadonlyMap<string, Observed>, moved: readonly {
    from: string;
    to: string;
}[], described: {
    has(id: string): boolean;
}): Renamed;
