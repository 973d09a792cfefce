import { type RestartPolicy, type Spec } from '../model/spec.ts';
import type { Exit } from './entry.ts';
/** What to do about a process that ended. */
export type Verdict = {
    next: 'completed';
} | {
    next: 'failed';
    reason: string | null;
} | {
    next: 'restart';
    delayMs: number;
    attempts: number;
};
/** True when the exit counts as success: a known code out of `successExitCodes`, default 0. */
export declare function succeeded(spec: Spec, exit: Exit): boolean;
/** Milliseconds before restart number `attempt` (from 1): delay·2^(attempt-1), at most maxDelay, ±25 % so that a group that failed together does not come back together. */
export declare function backoffDelay(policy: RestartPolicy, attempt: number, random: () => number): number;
/**
 * Decides by the restart policy. `attempts`: restarts in a row so far; `ranMs`: how long this run lasted, undefined where that is not known. An
 * exit that nobody saw counts as a failure. A job that ended well is never run again.
 */
export declare function afterExit(spec: Spec, exit: Exit, attempts: number, ranMs: number | undefined, random: () => number): Verdict;
