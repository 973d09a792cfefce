import { type LogPosition, type PendingRotation } from './position.ts';
/** A piece of a log in one file. `start` and `end` count from the first byte ever logged. */
export interface Segment {
    file: string;
    inode: number;
    /** Where in the file the piece begins. */
    from: number;
    start: number;
    /** Infinity for the live file, which grows. */
    end: number;
}
export interface Layout {
    /** Oldest first; the live file is the last, if it exists. */
    segments: Segment[];
    /** Bytes ever logged, as of now. */
    size: number;
    /** Equal as long as no rotation has moved anything. */
    version: string;
}
/** Which files hold which part of a log now, also in the middle of a rotation and after one that was killed. */
export declare function layoutOf(path: string): Layout;
/** Changes with every step of a rotation that moves bytes from one place to another. */
export declare function layoutVersion(path: string): string;
/** The numbers of the rotated files that exist, ascending: 1 is the youngest. */
export declare function rotatedNumbers(path: string): number[];
/** Every file that belongs to a log, those that exist: for whoever removes it. */
export declare function logFiles(path: string): string[];
/** True when the live file begins with the token: it has been marked and has not shrunk yet. */
export declare function hasToken(path: string, pending: PendingRotation): boolean;
/** Where the live file stands when a pending rotation is thought to its end, and from which of its bytes on it counts. */
export declare function settled(path: string, position: LogPosition): LogPosition;
export declare function statOf(file: string): {
    size: number;
    ino: number;
    mtimeMs: number;
} | undefined;
