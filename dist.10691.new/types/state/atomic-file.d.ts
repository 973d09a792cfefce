import { PjError } from '../errors.ts';
/** Called at named places between two system calls, so that a test can kill the process or fail the call just there. */
export type Fault = (point: string) => void | Promise<void>;
/**
 * Replaces a file whole, or not at all: a temporary file of its own name beside it (0600) is written and fsynced, then
 * renamed over it, then the folder is fsynced. `beforeRename` runs when the new content is safe on disk. Throws a PjError
 * (disk full, or the reason); the temporary file is then gone.
 */
export declare function replaceFile(path: string, text: string | Uint8Array, options?: {
    fault?: Fault;
    point?: string;
    beforeRename?: () => Promise<void>;
}): Promise<void>;
/** Makes renames, links and removals in a folder durable. */
export declare function syncFolder(dir: string): Promise<void>;
/** The error of a system call as one that people can act on; a PjError stays what it is. */
export declare function ioError(error: unknown, what: string, path: string): PjError;
/** The `code` of a system error: `ENOENT`, …; undefined for anything else. */
export declare function errorCode(error: unknown): string | undefined;
/** Why a call failed, for people. */
export declare function reasonOf(error: unknown): string;
