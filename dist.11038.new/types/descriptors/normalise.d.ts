import { type JsonObject } from '../model/json.ts';
import type { Spec } from '../model/spec.ts';
import { type DesiredState, type Kind, type Lifecycle } from '../model/workload.ts';
import type { ShapeReport } from './shape.ts';
export interface Normalised {
    spec: Spec;
    desiredState: DesiredState;
    lifecycle: Lifecycle;
}
/** A descriptor in the native dialect, valid by its schema, as a spec: base units, one form for each thing, nothing filled in. */
export declare function normalise(value: JsonObject, kind: Kind, fault: ShapeReport): Normalised;
