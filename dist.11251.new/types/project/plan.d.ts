import type { Observed } from '../model/observed.ts';
import type { Plan, PlanOptions } from '../model/plan.ts';
import type { Snapshot } from '../model/record.ts';
import type { PlannerInput } from '../planner/input.ts';
import type { PlanRequest } from './options.ts';
import { quietly, type Run } from './run.ts';
/** What planning starts from: the state as it is or will be after recovery, and what the engines say. */
export interface Basis {
    snapshot: Snapshot | undefined;
    observed: Map<string, Observed>;
    interrupted: ReadonlySet<string>;
}
/** The planner's options for a request. */
export declare function planOptions(request: PlanRequest): PlanOptions;
/** Everything the planner needs: sensitive values resolved, providers loaded, findings gathered. */
export declare function plannerInput(run: Run, basis: Basis, options: PlanOptions): Promise<PlannerInput>;
/** Plans a request from a basis. */
export declare function planFrom(run: Run, basis: Basis, request: PlanRequest): Promise<Plan>;
export { quietly };
