import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import type { PendingIntent } from './contract.ts';
import type { JournalEntry } from './journal-lines.ts';
/** What the journal is folded into. Changed in place. */
export interface Folding {
    workloads: Snapshot['workloads'];
    /** By step id: a newer intent of the same step takes the older one's place. */
    pending: Map<string, PendingIntent>;
}
/** Does what one line says. Doing a line twice is the same as doing it once. */
export declare function applyEntry(state: Folding, entry: JournalEntry): void;
/** Steps of one instance come one after the other: what is known now of the newest settles those before it. */
export declare function settlePending(pending: Map<string, PendingIntent>, id: string, generation: number): void;
export declare function setRecord(workloads: Snapshot['workloads'], id: string, record: WorkloadRecord | null): void;
/** Renames a record in place, and every dependency and reference on it. Does nothing when there is no such record. */
export declare function moveRecord(workloads: Snapshot['workloads'], from: string, to: string, at: string): void;
