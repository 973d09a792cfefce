export { logFiles } from './layout.ts';
export { appendTimeIndex } from './time-index.ts';
export type LogStream = 'stdout' | 'stderr';
export interface ReadOptions {
    /** The live files; the rotated ones beside them are read too. The same path for both counts as stdout. */
    paths: {
        stdout?: string;
        stderr?: string;
    };
    /** Go on with what comes, until the signal aborts. */
    follow: boolean;
    /** Only what was written since: ISO 8601 or ms since 1970. Right to the sampling of the time index (1 s), early rather than late. */
    since?: string | number | undefined;
    /** Only the last so many lines, of both streams together. */
    tail?: number | undefined;
    signal?: AbortSignal | undefined;
    /** Milliseconds between looks when following, default 100. */
    pollMs?: number | undefined;
}
export interface ReadLine {
    /** Without its newline; a line of more than 256 KiB comes in several pieces. */
    text: string;
    stream: LogStream;
}
/**
 * A workload's output, oldest line first, through all rotated files, and on through rotations and truncations when following.
 * stdout and stderr are put in order as finely as the time index tells (1 s), stdout first within that. A log that is not there
 * is empty. Ends without an error when the signal aborts. Throws PJ5081 for what may not be read and RangeError for a bad `since`.
 */
export declare function readLogs(options: ReadOptions): AsyncGenerator<ReadLine>;
