/** Where an instance's output goes; a file a stream, so that a line's stream is known. */
export declare function logFiles(project: string, id: string): {
    out: string;
    err: string;
};
/** The agent's own log. */
export declare function agentLog(project: string): string;
/**
 * Opens a log for appending, mode 0600: a process that has it open goes on writing whoever dies. `owner` gives the file to the user that the
 * process runs as, who may want to open /dev/stderr again.
 */
export declare function openLog(path: string, owner?: {
    uid: number;
    gid: number;
}): number;
/** The last lines of a file, at most `bytes` of it and nothing before `from`; empty where it is not there. */
export declare function lastLines(path: string, count: number, from?: number, bytes?: number): string[];
