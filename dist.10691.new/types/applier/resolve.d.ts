import { type Json, type JsonObject } from '../model/json.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import { type Part } from '../model/template.ts';
import type { SensitiveValues } from '../values/contract.ts';
/** Where the values of leaves come from. */
export interface ResolveFrom {
    values: Pick<SensitiveValues, 'lookup' | 'digest'>;
    /** The records as they are now: what `${workload.ID.ATTR}` reads. */
    workloads: Readonly<Record<string, WorkloadRecord>>;
    /** Attributes that an engine has told since the record was written, by workload. */
    observed?: (id: string) => JsonObject | undefined;
}
/** A spec with real values for the engine, and the same one as the state may keep it. */
export interface Resolved {
    /** Real values, no leaves. Never stored, never printed. */
    spec: Spec;
    /** As recorded: known values plain, sensitive ones as digests. */
    recorded: Spec;
    /** Keyed digest of the resolved spec. */
    digest: string;
}
/**
 * Gives every leaf of a workload's spec its value, as it is now. A value that was known when the plan (or the record) was made
 * must still have the same digest. `madeWith` says what the digests come from, for the error: `the plan`, `the state`.
 * Throws PJ4002 for a sensitive value that changed, PJ4003 for one that is not known.
 */
export declare function resolveSpec(id: string, spec: Spec, from: ResolveFrom, madeWith?: string): Resolved;
/** The templates of a spec that hold a sensitive source: what `values.prepare` must have seen before the spec is resolved. */
export declare function templatesOf(spec: Spec | null | undefined): Part[][];
/** A record's attribute by its name in `${workload.ID.NAME}`; dots go down: `ports.80`. `id`, `state` and `health` are there for every workload, where its provider tells nothing else of that name. */
export declare function attributeOf(record: WorkloadRecord, name: string): Json | undefined;
