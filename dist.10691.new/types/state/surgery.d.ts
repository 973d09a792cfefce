import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import type { StateSession, StateStore } from './contract.ts';
import type { LocalSession } from './session.ts';
/** Every recorded workload, by id. */
export declare function listRecords(snapshot: Snapshot | undefined): WorkloadRecord[];
/** One record. Throws PJ3050 when there is none of that id. */
export declare function showRecord(snapshot: Snapshot | undefined, id: string): WorkloadRecord;
/**
 * Drops workloads from the state; what runs of them runs on and is pj's no more. All or none: throws PJ3050 before anything is dropped when
 * one is not there. Gives what was dropped, and who depends on it.
 */
export declare function removeRecords(session: StateSession, ids: readonly string[]): Promise<{
    removed: WorkloadRecord[];
    dependents: {
        from: string;
        to: string;
    }[];
}>;
/** Renames a workload in the state. Throws PJ3050, PJ3051 (the new name is taken), PJ3052 (it has an unsettled step). */
export declare function renameRecord(session: StateSession, from: string, to: string): Promise<void>;
/** The state as text, journal folded in: what `pushState` takes. Undefined when there is none. */
export declare function pullState(store: StateStore): Promise<string | undefined>;
/** What a push did. */
export interface Pushed {
    changed: boolean;
    serial: number;
    workloads: number;
    /** Dependencies on workloads that the pushed state does not have. */
    dangling: {
        from: string;
        to: string;
    }[];
}
/**
 * Puts the state in `text` (what `pullState` gave, perhaps edited) in the place of the one here, which stays as a backup.
 * Refused unless forced: another lineage (PJ3054), an older serial (PJ3053: somebody wrote since it
 * was pulled), interrupted steps that the present state still has to settle (PJ3052). Always refused: what is no state (PJ3055), a newer version (PJ3001).
 * The serial always goes up, so that plans saved before are stale.
 */
export declare function pushState(session: LocalSession, text: string, options: {
    force: boolean;
    pjVersion: string;
}): Promise<Pushed>;
