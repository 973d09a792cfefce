import type { Plan } from '../model/plan.ts';
import { type Part } from '../model/template.ts';
/** The templates in a plan's specs that hold something sensitive. */
export declare function sensitivePartsOf(plan: Plan): Part[][];
