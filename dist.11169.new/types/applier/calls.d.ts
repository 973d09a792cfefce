import type { Listener } from '../model/event.ts';
import type { Step } from '../model/plan.ts';
import type { CallContext } from '../providers/contract.ts';
import type { Clock } from './contract.ts';
/** How often a step that runs says what it waits for. Milliseconds. */
export declare const PROGRESS_EVERY = 10000;
/** How long a call that was told to end may still take before it is left alone. Milliseconds. */
export declare const ABORT_GRACE = 5000;
/** What is being done, for the error and the progress lines, and how long it may take in milliseconds. */
export interface Limit {
    action: string;
    ms: number;
}
/** The engine calls that are under way: each has a deadline, can be aborted, and says every 10 s what it waits for. */
export interface Calls {
    /**
     * Throws what the call throws; PJ4006 when its deadline passed, PJ4007 when it was aborted. A call that ignores its signal
     * is left alone 5 s later.
     */
    call<T>(step: Step, limit: Limit, run: (context: CallContext) => Promise<T>): Promise<T>;
    /** Stops the watch. To be called once, when no call is under way. */
    close(): void;
}
/** One watch for all calls of a run: a single timer, however many run at once. */
export declare function watchCalls(options: {
    clock: Clock;
    emit: Listener;
    abort: AbortSignal;
    redact(text: string): string;
}): Calls;
