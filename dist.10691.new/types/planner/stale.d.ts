import type { Json } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import type { Plan } from '../model/plan.ts';
import type { Snapshot } from '../model/record.ts';
import { type Part } from '../model/template.ts';
/** How things are when a saved plan is to be applied. */
export interface Now {
    snapshot: Snapshot | undefined;
    observed: ReadonlyMap<string, Observed>;
    sha256(text: string): string;
    keyId: string;
    digest(value: Json): string;
    /** The value of a sensitive part; every one in the plan's specs must be prepared. */
    lookup(part: Exclude<Part, string>): Json | undefined;
}
/** One thing that is not as it was when the plan was made. */
export interface Stale {
    /** The workload concerned, or empty where it is the state as a whole. */
    workload: string;
    reason: string;
}
/**
 * Everything that keeps a saved plan from being applied as it stands: another state or another serial of it, workloads that
 * no longer look as they did, sensitive values that differ. Empty where the plan holds. Sorted by workload.
 */
export declare function findStale(plan: Plan, now: Now): Stale[];
