/** The `code` of a thrown system error (`ENOENT`), or undefined for anything else. */
export declare function errno(thrown: unknown): string | undefined;
/** A file of /proc or /sys as text; undefined when it is not there, its process or cgroup has gone, or it may not be read. */
export declare function readKernelFile(path: string): string | undefined;
/** Writes a file of /proc or /sys in one write call; gives the error code (`EBUSY`) when the kernel refuses. Never creates a file. */
export declare function writeKernelFile(path: string, text: string): string | undefined;
/** The number in a kernel file; undefined for `max`, for none and where the file is not there. */
export declare function readNumber(path: string): number | undefined;
/** The value of one key in a kernel file of `key value` lines. */
export declare function readKey(path: string, key: string): number | undefined;
/** Blocks this thread for some milliseconds: only for kernel work that is done in a few. */
export declare function pauseSync(ms: number): void;
