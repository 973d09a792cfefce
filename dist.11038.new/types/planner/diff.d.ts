import { type Json, type Pointer } from '../model/json.ts';
/** One path at which two values differ; absent means: not there. */
export interface PathDifference {
    path: Pointer;
    before?: Json;
    after?: Json;
}
/** Whether two values that are no plain objects or lists (or of which one is a leaf) are the same. */
export type Same = (before: Json | undefined, after: Json | undefined) => boolean;
/**
 * Every path at which two values differ, sorted by key, as deep as it goes: a new block is told as its fields. Lists of the
 * same length, and lists of objects, are compared item by item; any other list is one value, since that reads best for argument
 * lists: `["-a", "x"] → ["-a", "-b", "x"]`. An absent object and an empty one are the same.
 */
export declare function diff(before: Json | undefined, after: Json | undefined, same: Same, path?: Pointer): PathDifference[];
