/** What /proc/PID/stat says. */
export interface ProcessStat {
    pid: number;
    /** The program's short name. */
    name: string;
    /** R, S, D, Z, T, … */
    state: string;
    ppid: number;
    pgrp: number;
    session: number;
    /** Clock ticks since boot, as text: part of the identity. */
    startTime: string;
    /** CPU time in ms. */
    utime: number;
    stime: number;
    threads: number;
    /** Bytes. */
    rss: number;
}
/** Undefined when there is no such process. A zombie has state `Z`. */
export declare function readStat(pid: number): ProcessStat | undefined;
/** CPU time in µs of one process and of the children it has waited for; 0 when it is gone. */
export declare function cpuUsecOf(pid: number): number;
/** Resident memory in bytes that it shares with nobody's files; 0 when it is gone. */
export declare function privateMemoryOf(pid: number): number;
/** Sends a signal to one pid. False: there is no such process. Callers have verified whose pid it is. */
export declare function sendTo(pid: number, signal: NodeJS.Signals | number): boolean;
/** Bytes in a page, from the kernel's auxiliary vector: 4096, or up to 64 KiB on arm64 and ppc64. */
export declare function pageSize(): number;
