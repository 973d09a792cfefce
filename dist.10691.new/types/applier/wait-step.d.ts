import { PjError } from '../errors.ts';
import type { Step } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Made } from '../providers/contract.ts';
import type { Instance } from './actions.ts';
import type { Resolved } from './resolve.ts';
import { type Run } from './run.ts';
/** What the engine call left to be recorded. */
export type Came = {
    how: 'done';
    made: Partial<Made> | undefined;
} | {
    how: 'stopped';
} | {
    how: 'failed' | 'unhealthy';
    error: PjError;
};
/** What is started or waited for. */
interface Awaited {
    effect: {
        before: WorkloadRecord | undefined;
    };
    resolved: Resolved | undefined;
    instance: Instance;
}
/** Notes when a workload is started and how long its logs are then, for the wait that follows. */
export declare function noteStart(run: Run, step: Step, prepared: Awaited): Promise<void>;
/** Waits for what a `wait` step names. Throws when the engine cannot be asked. */
export declare function waitFor(run: Run, step: Step, prepared: Awaited): Promise<Came>;
export {};
