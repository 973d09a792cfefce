import type { Cause, Difference, UpdateClass } from '../model/plan.ts';
/** The heaviest class of some differences, or undefined where there are none. */
export declare function heaviest(differences: readonly Difference[]): UpdateClass | undefined;
/** Causes without repetition, the weightiest first: what takes the workload down before what does not, then by kind of cause. */
export declare function orderedCauses(causes: readonly Cause[], differences: readonly Difference[]): Cause[];
