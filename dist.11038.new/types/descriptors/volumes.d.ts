import { type JsonObject } from '../model/json.ts';
import { type Convert } from './convert.ts';
import type { ShapeReport } from './shape.ts';
/** The type of a volume that names none: a bind where it has a source, persistent where it has a name, else ephemeral. */
export declare const toVolume: Convert;
/** Reports volumes that lack what their type needs, or that share a path. */
export declare function checkVolumes(spec: JsonObject, fault: ShapeReport): void;
