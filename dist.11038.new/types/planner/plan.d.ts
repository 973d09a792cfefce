import type { Plan } from '../model/plan.ts';
import type { PlannerInput } from './input.ts';
/** What is asked beyond the descriptors: nothing for `pj plan`, the command for `pj start` and the like. */
export interface Asked {
    compareSpecs: boolean;
    restart: ReadonlyMap<string, string>;
    start: ReadonlyMap<string, string>;
    /** Narrows the plan down further. */
    only?: (id: string) => boolean;
}
/**
 * Makes the plan that leads from what is recorded and observed to what is wanted. Pure: the same input gives the same plan.
 * Throws a PjError (PJ2xxx) for a cycle, an unknown id in an option, contradictions in `moved` and `forget`, and a pause that
 * its provider cannot do.
 */
export declare function plan(input: PlannerInput): Plan;
/** As plan, with what an imperative command asks. */
export declare function planFor(input: PlannerInput, asked: Asked): Plan;
