import { type Json, type Pointer } from '../../model/json.ts';
import type { UpdateClass } from '../../model/plan.ts';
/** The update class of a path of a native workload, with the reason for people. */
export declare function classifyNative(path: Pointer, _before: Json | undefined, _after: Json | undefined): {
    updateClass: UpdateClass;
    reason: string;
};
