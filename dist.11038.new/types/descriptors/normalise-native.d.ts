import { type JsonObject } from '../model/json.ts';
import type { ShapeReport } from './shape.ts';
/** Puts a native block into a spec. `security.user` and `security.group` are the block's own. */
export declare function normaliseNative(spec: JsonObject, block: JsonObject, fault: ShapeReport): void;
/** Puts an external block into a spec: ports by name; those of a list are named by their number. */
export declare function normaliseExternal(spec: JsonObject, block: JsonObject): void;
