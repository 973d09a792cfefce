/** The names that descriptors use, which are prlimit's, with the line of /proc/PID/limits. */
export declare const RLIMITS: Readonly<Record<string, string>>;
/** Soft and hard limit of a process (`self` by default); Infinity is unlimited. Undefined: no such process or limit. */
export declare function readRlimit(name: string, pid?: number | 'self'): {
    soft: number;
    hard: number;
} | undefined;
