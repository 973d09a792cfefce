import type { Plan } from '../model/plan.ts';
import type { Applied, ApplyRequest } from './options.ts';
import { type Basis } from './plan.ts';
import { type Run } from './run.ts';
/** What is applied, once the lock is held and what a killed run left is settled. */
export type Planner = (run: Run, basis: Basis) => Promise<Plan>;
/** Plans (or takes the saved plan), asks, applies. The lock is held throughout. */
export declare function applyRun(run: Run, request: ApplyRequest, operation?: string, planner?: Planner): Promise<Applied>;
/** Reads a saved plan and checks that it hangs together. Throws PJ3030–3033, PJ20xx. */
export declare function savedPlan(path: string): Promise<Plan>;
