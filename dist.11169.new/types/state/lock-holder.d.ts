import type { LockInfo } from './contract.ts';
/** A lock file as found. `info` undefined: it cannot be read as a lock (pj never leaves such a one: a disk fault, or made by hand). */
export interface SeenLock {
    id: string;
    info: LockInfo | undefined;
}
/** The lock in a file, or undefined when there is no such file. */
export declare function readLockFile(path: string): Promise<SeenLock | undefined>;
/** This process as a lock names it. */
export declare function selfAsHolder(): Omit<LockInfo, 'id' | 'who' | 'operation' | 'at'>;
/**
 * True when the holder surely runs no more. On another host, or in another pid namespace of this boot (a container), that
 * cannot be told: then it counts as alive. What is not readable as a lock binds nobody.
 */
export declare function isDead({ info }: SeenLock): boolean;
/** The holder, for people. */
export declare function holderName({ id, info }: SeenLock): string;
