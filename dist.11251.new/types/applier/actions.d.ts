import type { Pointer } from '../model/json.ts';
import type { Step, StepAction } from '../model/plan.ts';
import { type Spec } from '../model/spec.ts';
import type { Made, Target } from '../providers/contract.ts';
import type { Limit } from './calls.ts';
import type { Resolved } from './resolve.ts';
import { type Run, type Wish } from './run.ts';
/** One instance and the provider that has it. */
export interface Instance {
    provider: string;
    target: Target;
}
/** The instance that a step acts on: the current one, a deposed one, or one that is about to be made. */
export declare function instanceOf(run: Run, step: Step, wish: Wish, resolved: Resolved | undefined): Instance;
/** Does the step's action on the engine. Undefined: the action leaves nothing new to record. */
export declare function act(run: Run, step: Step, instance: Instance, paths: readonly Pointer[]): Promise<Made | undefined>;
/** The deadline of an action; stopping takes its grace period and a margin. */
export declare function limitOf(action: StepAction, spec: Spec): Limit;
