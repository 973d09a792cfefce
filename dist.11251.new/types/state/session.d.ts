import type { Listener } from '../model/event.ts';
import type { Snapshot } from '../model/record.ts';
import { type Fault } from './atomic-file.ts';
import type { AuditLog } from './audit.ts';
import type { StateSession } from './contract.ts';
import { type CombinedState } from './load.ts';
import type { Lock } from './lock.ts';
import type { SnapshotFile } from './snapshot-file.ts';
export interface SessionOptions {
    snapshots: SnapshotFile;
    journalPath: string;
    loaded: CombinedState;
    lock: Lock;
    audit: AuditLog;
    pjVersion: string;
    now: () => Date;
    /** A new name that nobody else has: lineages, ids of journals. */
    random: () => string;
    /** Bytes of journal after which it is folded while the run goes on. */
    journalLimit: number;
    fault: Fault;
    emit: Listener;
}
export interface LocalSession extends StateSession {
    /** Puts a whole other snapshot in the place of this one, at once and durable. Steps that were interrupted are given up. */
    replace(next: Snapshot): Promise<void>;
}
/** The session that `StateStore.open` gives; the lock is held. Whatever a killed run left in the journal is folded in first. */
export declare function openSession(options: SessionOptions): Promise<LocalSession>;
