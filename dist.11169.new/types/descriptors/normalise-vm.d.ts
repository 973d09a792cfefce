import { type JsonObject } from '../model/json.ts';
import type { ShapeReport } from './shape.ts';
/** Puts a vm block into a spec: `disk` and `network` become the first of `disks` and `networks`. */
export declare function normaliseVm(spec: JsonObject, block: JsonObject, fault: ShapeReport): void;
