import type { JsonObject } from '../model/json.ts';
import type { ShapeReport } from './shape.ts';
/**
 * A health check with its type told (by the keys that are there, where it says none), and with what its type needs. What can't be so is
 * reported.
 */
export declare function checkHealth(check: JsonObject, fault: ShapeReport): JsonObject;
