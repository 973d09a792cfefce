import { PjError } from '../errors.ts';
import type { Json } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import { type HealthCheck, type Spec } from '../model/spec.ts';
import type { Clock, Verdict } from './contract.ts';
/** What a wait came to. */
export type Passed = {
    how: 'passed';
    observed: Observed;
} | {
    how: 'unhealthy' | 'died';
    error: PjError;
} | {
    how: 'stopped';
};
/** What a wait needs to know and to ask. */
export interface Waiting {
    id: string;
    /** Resolved. */
    spec: Spec;
    clock: Clock;
    /** When it was started, by the clock's `monotonic`. */
    startedAt: number;
    /** Ends the wait at once: the run is being stopped. */
    stop: AbortSignal;
    /** What the engine says of it now. Throws when the engine cannot be asked. */
    read(): Promise<Observed>;
    /** One probe. Never throws. */
    probe(signal: AbortSignal): Promise<Verdict>;
    /** Tells people what is waited for. */
    say(message: string): void;
}
/**
 * Waits until it is healthy: its health check says so and the engine says that it runs (somebody else may answer on its port).
 * Failed probes count only after the start period, and `retries` of them in a row make it unhealthy. Ends early when it dies.
 */
export declare function waitHealthy(waiting: Waiting): Promise<Passed>;
/**
 * Waits until a one-shot job has run to its end. It has no deadline, as a job may take hours: it ends with the job, when the
 * engine no longer has it, or when the run is stopped.
 */
export declare function waitCompleted(waiting: Waiting): Promise<Passed>;
/** The health check's times in milliseconds, defaults filled in. */
export declare function timing(check: HealthCheck | undefined): {
    interval: number;
    timeout: number;
    startPeriod: number;
    retries: number;
};
/** The files that a workload's output goes to, where its provider tells them among its attributes. */
export declare function logFilesOf(attributes: Record<string, Json | undefined>): string[];
