import type { Step } from '../model/plan.ts';
import { type Run } from './run.ts';
/**
 * After a step of a changed workload failed: takes it back to its last good spec, when the run or its descriptor asks for
 * that. True when it was. Never throws; a rollback that is refused or fails is told in an event and leaves the record as it is then.
 */
export declare function rollBack(run: Run, failed: Step): Promise<boolean>;
/**
 * Starts again what the plan took down for the sake of a workload that has been rolled back, and that was to come up after
 * it: it ran before the apply, so it should run after it. `skipped` are the skipped steps with the workload that is to blame.
 */
export declare function reviveDependents(run: Run, rolledBack: ReadonlySet<string>, skipped: readonly {
    step: Step;
    blame: string;
}[]): Promise<string[]>;
