import type { Snapshot } from '../model/record.ts';
import type { LoadedState } from './contract.ts';
import { type JournalContent } from './journal-lines.ts';
import type { SnapshotFile, VersionedState } from './snapshot-file.ts';
import type { FoldMark } from './snapshot-text.ts';
/** The two files put together, in memory. */
export interface CombinedState extends LoadedState {
    /** What a write of the snapshot must expect to find; undefined: no file. */
    version: string | undefined;
    /** The journal says something that the snapshot does not: serial is one more than in the file. */
    changed: boolean;
    /** How far the journal is folded in now. */
    folded: FoldMark | undefined;
    /** The journal file is there, whatever it holds. */
    journal: boolean;
    /** Bytes cut off the journal's end. */
    torn: number;
    /** Outdated dependencies that made a circle. */
    cut: {
        from: string;
        to: string;
    }[];
}
/**
 * Reads snapshot and journal without the lock: when a run that holds it folds in between, reads again, so that both are of
 * one moment. Throws a PjError (3001–3008, 3021).
 */
export declare function readFiles(snapshots: SnapshotFile, journalPath: string, pjVersion: string): Promise<CombinedState>;
/** Folds the journal into the snapshot in memory. Throws PJ3004, PJ3005, PJ3007, PJ3008 when they do not belong together. */
export declare function combine(stored: VersionedState | undefined, journal: JournalContent | undefined, path: string, journalPath: string): Omit<CombinedState, 'journal'>;
/** A state that was not there. */
export declare function emptySnapshot(lineage: string, pjVersion: string): Snapshot;
