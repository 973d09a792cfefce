import { type Json, type JsonObject } from '../model/json.ts';
import type { Path } from './problem.ts';
import type { ShapeReport } from './shape.ts';
/** Puts a container block into a spec: ports as objects, `volumes` into the common ones. */
export declare function normaliseContainer(spec: JsonObject, block: JsonObject, fault: ShapeReport): void;
/** Port entries as objects; one that is not known yet stays a leaf. */
export declare function readPorts(entries: readonly Json[], path: Path, fault: ShapeReport): Json[];
