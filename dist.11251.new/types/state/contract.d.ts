import type { Listener } from '../model/event.ts';
import type { Step } from '../model/plan.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
/** A step whose intent stands in the journal without an outcome: whoever ran it was killed. */
export interface PendingIntent {
    step: Step;
    /** The record as it was before the step, if there was one. */
    before: WorkloadRecord | null;
    /** The record as it is to be if the step succeeded, handle and attributes aside. */
    after: WorkloadRecord | null;
    /** Keyed digest of the resolved spec that the step was applying, where it applied one. */
    specDigest?: string;
    at: string;
}
/** What the files say now: snapshot with the journal folded in, in memory only. */
export interface LoadedState {
    /** Undefined: this project has no state yet. */
    snapshot: Snapshot | undefined;
    pending: PendingIntent[];
}
export interface LockInfo {
    id: string;
    who: string;
    host: string;
    pid: number;
    /** Field 22 of /proc/PID/stat. */
    startTime: string;
    bootId: string;
    operation: string;
    at: string;
    /** Digest of the machine's id, where it has one: two machines may have the same host name. */
    machine?: string;
    /** The pid namespace that `pid` counts in, where it is known: a container has its own. */
    pidNamespace?: string;
}
/** The state of a project, wherever it is kept. */
export interface StateStore {
    /** Reads and verifies; changes nothing. Throws a PjError (3xxx) for a state that is newer, truncated, not JSON or breaks its invariants. */
    load(): Promise<LoadedState>;
    /** Who holds the lock now; undefined when it is free or its holder is dead. */
    holder(): Promise<LockInfo | undefined>;
    /** Takes the lock (waiting up to lockTimeout seconds), loads, and gives the session that may write. */
    open(options: {
        operation: string;
        lockTimeout: number;
        emit: Listener;
        signal: AbortSignal;
    }): Promise<StateSession>;
    /** Removes a lock by its id, whoever holds it. */
    unlock(id: string): Promise<LockInfo>;
}
/** The state, locked, for one run. */
export interface StateSession {
    /** Live: outcomes are in it at once. A state that was not there has a fresh lineage and serial 0. */
    readonly snapshot: Snapshot;
    readonly pending: readonly PendingIntent[];
    /** Durable when it resolves (appended and fsynced; concurrent calls share one fsync). Before a step does anything. */
    intent(intent: Omit<PendingIntent, 'at'>): Promise<void>;
    /** Durable when it resolves. `record` null: the workload is gone from the state. */
    outcome(step: Step, outcome: {
        ok: boolean;
        record: WorkloadRecord | null;
    }): Promise<void>;
    /** Any other change (imperative notes, moved, forget, import, recovery); durable when it resolves. */
    put(id: string, record: WorkloadRecord | null): Promise<void>;
    /** Renames a workload, and those that depend on it follow. */
    move(from: string, to: string): Promise<void>;
    /** One line in audit.ndjson. */
    audit(entry: {
        operation: string;
        planDigest?: string;
        result: string;
    }): Promise<void>;
    /** Folds the journal into the snapshot (serial + 1 when anything changed), empties the journal, gives the lock back. */
    close(): Promise<void>;
}
