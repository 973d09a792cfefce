import type { Snapshot } from '../model/record.ts';
/** How far a journal has been folded into a snapshot: that journal, up to and with that line. */
export interface FoldMark {
    id: string;
    sequence: number;
}
/** What state.json holds. */
export interface StoredState {
    snapshot: Snapshot;
    /** The last journal that was folded in, so that a crash before its removal does not fold it twice. */
    folded?: FoldMark;
}
/** The text of state.json, one workload a line, and its checksum. Equal states give equal text, byte for byte. */
export declare function snapshotText(stored: StoredState): {
    text: string;
    checksum: string;
};
/**
 * Reads the text of a state.json. Throws PJ3001 (newer version), PJ3002 (cut short, not JSON, not a state), PJ3003 (checksum), PJ3004 (contradicts itself).
 * `checksum: 'ignored'` is for a text that a person edited.
 */
export declare function parseSnapshot(text: string, source: {
    path: string;
    pjVersion: string;
    checksum: 'verified' | 'ignored';
}): StoredState & {
    checksum: string;
};
