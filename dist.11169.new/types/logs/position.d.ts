/** How the copied part of a log is taken out of the live file. */
export type Shrink = 'collapse' | 'punch' | 'truncate';
/** A rotation that has begun. What it says and which files exist tell how far it came. */
export interface PendingRotation {
    how: Shrink;
    /** Bytes from the file's beginning that go away; from the hole's end on they stand in the rotated file. */
    end: number;
    /** The live file that it is about. */
    inode: number;
    /** Written over the beginning of the live file before it shrinks, so that one can see whether it has. */
    token: string;
    /** The token is written for certain. */
    stamped: boolean;
}
/** Where the live file stands in the whole of what was ever logged. */
export interface LogPosition {
    /** What byte 0 of the live file is the how-manieth of. */
    base: number;
    /** Bytes at the live file's beginning that were given back to the file system (only where it cannot collapse). */
    hole: number;
    pending?: PendingRotation;
}
export declare const positionFile: (path: string) => string;
/** The copy while it is not yet `PATH.1`. */
export declare const copyFile: (path: string) => string;
export declare const indexFile: (path: string) => string;
/** The text of the position file, empty where there is none: equal texts mean that nothing was rotated in between. */
export declare function positionText(path: string): string;
/** A log that was never rotated, and one whose position file was damaged by hand, begin at 0. */
export declare function parsePosition(text: string): LogPosition;
/** Survives a power cut: the steps of a rotation are only safe in their order. */
export declare function writePosition(path: string, position: LogPosition): void;
