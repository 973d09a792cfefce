import { type JsonObject } from '../model/json.ts';
import type { ShapeReport } from './shape.ts';
/** Puts a java block into a spec. It needs a main class, or a jar that names one. */
export declare function normaliseJava(spec: JsonObject, block: JsonObject, fault: ShapeReport): void;
