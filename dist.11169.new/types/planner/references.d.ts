import { type Json } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import type { Cause } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { type Spec } from '../model/spec.ts';
import type { PlannerInput, ProviderRules } from './input.ts';
import { type Node } from './node.ts';
/** What resolving templates needs to know. */
export interface References {
    /** Decided already, as references follow the dependencies. */
    nodes: ReadonlyMap<string, Node>;
    rules(provider: string): ProviderRules;
    sensitive: PlannerInput['sensitive'];
}
/** What the plan does to a workload, as far as its attributes go. */
export type Effect = 'none' | 'update' | 'restart' | 'replace' | 'new';
/** How far the attributes of a workload may change through this plan. */
export declare function effectOn(node: Node): Effect;
/** The spec with every template replaced: by its value, by the digest of its value, or by an unknown leaf. */
export declare function resolve(spec: Spec, from: References): Spec;
/** An attribute's value when the one who refers to it is made; undefined where that is known only after apply. */
export declare function attributeNow(ref: {
    workload: string;
    attribute: string;
}, from: References): Json | undefined;
/** True when no step of this plan can give the attribute a value that it does not have yet. */
export declare function neverThere(ref: {
    workload: string;
    attribute: string;
}, from: References): boolean;
/** The names of the attributes a workload has, for error texts. */
export declare function attributeNames(node: Node | undefined): string[];
/** Why a value that comes from another workload is not what it was; undefined where no other workload has to do with it. */
export declare function causeOf(raw: Json | undefined, from: References): Cause | undefined;
/** An attribute as it is now, by what the engine says, else by the record; undefined where neither has it. */
export declare function recordedAttribute(record: WorkloadRecord | undefined, observed: Observed | undefined, name: string): Json | undefined;
/** The workloads whose attributes the unknown leaves of a planned spec wait for. */
export declare function awaited(spec: Spec): Set<string>;
