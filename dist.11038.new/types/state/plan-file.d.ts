import type { Plan } from '../model/plan.ts';
/** sha256 of the plan's canonical JSON, as `sha256:<hex>`: equal plans have equal digests. */
export declare function planDigest(plan: Plan): string;
/**
 * Saves a plan as canonical JSON with its digest (0600, whole or not at all). Gives the digest. Throws PJ3020 (disk full) or
 * PJ3021 (the folder is not there, not permitted, or the path is something other than a file).
 */
export declare function savePlan(path: string, plan: Plan): Promise<string>;
/**
 * Reads a saved plan. Throws PJ3021 (cannot be read), PJ3030 (not a saved plan), PJ3031 (newer format), PJ3032 (changed since
 * it was saved), PJ3033 (cut short or not JSON).
 */
export declare function loadPlan(path: string): Promise<{
    plan: Plan;
    digest: string;
}>;
