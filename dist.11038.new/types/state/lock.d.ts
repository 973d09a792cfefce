import type { Listener } from '../model/event.ts';
import { type Fault } from './atomic-file.ts';
import type { LockInfo } from './contract.ts';
/** A lock that this process holds. */
export interface Lock {
    readonly info: LockInfo;
    /** False once somebody took it away. */
    isMine(): Promise<boolean>;
    /** Gives it back. Leaves what is not its own alone. */
    release(): Promise<void>;
}
/**
 * The lock of a state folder.
 *
 * `lock.json` is made by link(2) from a file written before, so it is never half written. Whoever wants to change or remove a
 * lock.json that is there, be it its holder or one who takes over from the dead, first makes `lock.ID.claim` for the id that stands in
 * it, by link(2) as well, and looks again whether lock.json still says that id. Ids are never used twice, so exactly one process can pass. A claim
 * whose maker died is taken over in the same way, by a claim on the claim.
 */
export interface LockFile {
    /** Who holds it now; undefined when it is free or its holder is dead. */
    holder(): Promise<LockInfo | undefined>;
    /** Takes it, waiting up to lockTimeout seconds. Throws PJ3010 (held; exit 6), PJ3013 (interrupted). */
    acquire(options: {
        operation: string;
        lockTimeout: number;
        emit: Listener;
        signal: AbortSignal;
    }): Promise<Lock>;
    /** Removes the lock of that id, whoever holds it. Throws PJ3012 when there is none of that id. */
    unlock(id: string): Promise<LockInfo>;
}
export declare function lockFile(options: {
    folder: string;
    now: () => Date;
    who: string;
    fault: Fault;
}): LockFile;
