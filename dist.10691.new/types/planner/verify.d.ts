import type { Plan } from '../model/plan.ts';
/**
 * Checks what every plan holds to, for plans that come from a file: step ids are unique, what they depend on is there, no
 * cycle, each step's workload has a change that names it, and a spec where it needs one. Throws PJ2010 with the first thing that is wrong.
 */
export declare function verifyPlan(plan: Plan): void;
