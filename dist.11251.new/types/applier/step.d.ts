import { PjError } from '../errors.ts';
import type { StepResult } from '../model/event.ts';
import { type Pointer } from '../model/json.ts';
import type { Step } from '../model/plan.ts';
import { type Run, type Wish } from './run.ts';
/** What came of a step. `not-started`: it was given up before it came to anything, as the run is being stopped. */
export type StepEnd = {
    outcome: 'done';
    elapsedMs: number;
} | {
    outcome: 'not-started';
    elapsedMs: number;
} | {
    outcome: 'failed';
    elapsedMs: number;
    error: PjError;
};
/**
 * One step: intent, engine call, outcome, told in events. Never throws: whatever goes wrong is the step's failure. An engine
 * call that was aborted leaves its intent open, so that the next run finds out how far it came.
 */
export declare function runStep(run: Run, step: Step, wish: Wish): Promise<StepEnd>;
/** The error of a failed step as its result tells it. */
export declare function errorOf(run: Run, error: PjError): NonNullable<StepResult['error']>;
/** What the graph needs (dependencies, lifecycle, desiredState) is kept in the state alone. */
export declare function concernsEngine(path: Pointer): boolean;
