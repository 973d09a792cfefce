import type { Snapshot } from '../model/record.ts';
import { type Fault } from './atomic-file.ts';
import { type FoldMark, type StoredState } from './snapshot-text.ts';
/** A snapshot as read, with the version that a write must expect. */
export interface VersionedState extends StoredState {
    /** The checksum in the file: changes with every change of its content. */
    version: string;
}
/** state.json and the generations before it. */
export interface SnapshotFile {
    readonly path: string;
    /** Undefined when there is none and never was one. Throws a PjError (3001–3004, 3008, 3021) that names the newest good backup. */
    read(): Promise<VersionedState | undefined>;
    /** Compare-and-swap, durable when it resolves: refused (PJ3011) when the file is no longer of the version expected. Gives the new version. */
    write(snapshot: Snapshot, folded: FoldMark | undefined, expected: string | undefined): Promise<string>;
}
/**
 * The snapshot in a folder, through lowdb with an adapter that replaces the file atomically. `generations` older ones stay in
 * `backups/` beside it.
 */
export declare function snapshotFile(options: {
    folder: string;
    pjVersion: string;
    fault: Fault;
    generations: number;
}): SnapshotFile;
