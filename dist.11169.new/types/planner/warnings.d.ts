import { type ErrorCode } from '../errors.ts';
import type { PlanWarning, Refusal } from '../model/plan.ts';
/** A warning with the text that the table of errors has for its code. */
export declare function warning(code: ErrorCode, details: Record<string, string | number>, workload?: string): PlanWarning;
/** A refusal with the text that the table of errors has for its code. */
export declare function refusal(code: ErrorCode, details: Record<string, string | number>): Refusal;
/** Ids in a sentence: the first few, and how many more there are. */
export declare function listed(ids: readonly string[], most?: number): string;
