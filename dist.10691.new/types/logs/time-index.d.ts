/** One line of the index: at `time` (ms since 1970) the log had `size` bytes, counted from the first ever. */
export interface IndexEntry {
    time: number;
    size: number;
}
/**
 * Notes how long a log is now, if it has grown since the last note. Workloads write no times, so this is how `--since` finds
 * its place: called every second, it is right to one second, and early rather than late where it was not called for a while.
 * Costs two stats when nothing was written. `now` is in ms since 1970.
 */
export declare function appendTimeIndex(path: string, now: number): void;
/** Oldest first; empty where there is none. A torn last line and anything else that is no entry is left out. */
export declare function readTimeIndex(path: string): IndexEntry[];
/** Where reading has to begin so that nothing written at `since` (ms) or later is left out. */
export declare function positionAt(index: readonly IndexEntry[], since: number): number;
/** When the byte that ends at `position` was there at the latest; Infinity when no note says. */
export declare function timeOf(index: readonly IndexEntry[], position: number): number;
