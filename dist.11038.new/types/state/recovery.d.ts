import { PjError } from '../errors.ts';
import type { Listener } from '../model/event.ts';
import type { Identity, Snapshot } from '../model/record.ts';
import type { LoadedState, PendingIntent, StateSession } from './contract.ts';
import { type FoundInstance, type Settlement } from './settle.ts';
/** What recovery needs from outside. */
export interface RecoveryOptions {
    /** The project's name, a part of every identity. */
    project: string;
    /** Asks the engine behind a provider for what bears this identity: `provider.find`. Throws when the engine cannot be asked. */
    find(provider: string, identity: Identity): Promise<FoundInstance | undefined>;
    now(): Date;
}
/** What became of the steps that a killed run left without an outcome. */
export interface Recovery {
    settled: {
        intent: PendingIntent;
        settlement: Settlement;
    }[];
    /** Their engine could not be asked; they stay in the journal. */
    unsettled: {
        intent: PendingIntent;
        error: PjError;
    }[];
}
/**
 * Settles every interrupted step: the engine is asked whether it happened, and the answer goes into the state, durable when
 * this resolves. A step whose engine cannot be asked stays pending and is told as a warning (PJ3041). Throws only when the state cannot be written.
 */
export declare function recover(session: StateSession, options: RecoveryOptions, emit: Listener): Promise<Recovery>;
/**
 * What `recover` would do, for `pj plan`: the snapshot as it would be, and what was found. Writes nothing; the state given is
 * not changed. Only for a state that nobody is working on: while another run holds the lock, its steps under way look interrupted.
 */
export declare function previewRecovery(loaded: LoadedState, options: RecoveryOptions): Promise<Recovery & {
    snapshot: Snapshot | undefined;
}>;
/** Tells what could not be settled. */
export declare function tellUnsettled({ unsettled }: Recovery, emit: Listener): void;
