import type { PlannedWorkload, Step } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { type Spec } from '../model/spec.ts';
/** What a step makes of a record. */
export interface Effect {
    step: Step;
    before: WorkloadRecord | undefined;
    /** What the plan wants of the workload; undefined for those that only go. */
    want: PlannedWorkload | undefined;
    /** As the state may keep it; where the step applies one. */
    spec: Spec | undefined;
    /** The workload's last good spec of before, for a record that is made anew. */
    lastGood: Spec | undefined;
    /** No later step of this workload proves that it runs well: this one does. */
    proves: boolean;
    /** An imperative command keeps the note of itself; any other start ends it. */
    imperative: boolean;
    now: string;
}
/**
 * The record as it is to be when the step succeeds, handle and attributes aside; null: it is gone from the state.
 * Throws PJ4011 when there is no record to act on, PJ4014 for a transition that the lifecycle does not have.
 */
export declare function recordAfter(effect: Effect): WorkloadRecord | null;
/** The record after its step failed. `kept`: the engine call may not have run at all, so the state stays and only the error is noted. */
export declare function recordAfterFailure(effect: Effect, error: {
    code: string;
    message: string;
}, how: 'failed' | 'unhealthy' | 'kept'): WorkloadRecord | null;
/** True when a create makes a new generation beside one that is still there. */
export declare function standsBeside(step: Step, before: WorkloadRecord): boolean;
/** The last spec that is known to have run well, of a record as it was before the run. */
export declare function lastGoodSpec(record: WorkloadRecord | undefined): Spec | undefined;
