import { type Json, type Pointer } from '../model/json.ts';
import type { Cause, Difference } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import type { Dependency, Lifecycle, Workload } from '../model/workload.ts';
import { type PathDifference } from './diff.ts';
import type { ProviderRules } from './input.ts';
import { type References } from './references.ts';
/** What comparing declared, last applied and observed came to. */
export interface Comparison {
    differences: Difference[];
    /** Resolved; where a difference is ignored it keeps what is there. */
    spec: Spec;
    /** The differences that only the record has to follow: by path. */
    recordOnly: ReadonlySet<Pointer>;
    /** References to attributes that do not exist and that this plan will not bring. */
    missing: {
        workload: string;
        attribute: string;
    }[];
}
interface Sides {
    want: Workload;
    record: WorkloadRecord;
    /** By pointer into the spec; empty where nobody looked or nothing is there. */
    fields: Readonly<Record<Pointer, Json>>;
    /** The cause of what only reality has changed, with what the engine knows of it. */
    outside: Cause;
    rules: ProviderRules;
    from: References;
}
/**
 * Compares what is wanted of a workload with what was last applied and with what the engine says, path by path. The cause of
 * a difference is the descriptor's author where declared and last applied differ (a dependency, where the value comes from one that
 * changes), and reality where only observed differs. Where reality is as the descriptor asks already, only the record follows.
 */
export declare function compare(sides: Sides): Comparison;
/** Every path at which the engine says something else than what was last applied. */
export declare function driftOf(record: WorkloadRecord, fields: Readonly<Record<Pointer, Json>>, digest: (value: Json) => string): PathDifference[];
/** The references in an unknown leaf that this plan will not bring a value for. */
export declare function unreachable(after: Json | undefined, from: References): {
    workload: string;
    attribute: string;
}[];
/** What pj itself keeps of a workload (dependencies, lifecycle) and that no engine knows: pointers below `/dependencies` and `/lifecycle`. */
export declare function compareKept(record: WorkloadRecord, dependencies: readonly Dependency[], lifecycle: Lifecycle): Difference[];
export {};
