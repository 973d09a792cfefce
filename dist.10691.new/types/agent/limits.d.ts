import type { Json, Pointer } from '../model/json.ts';
import type { Resources, Spec } from '../model/spec.ts';
import { type Cgroup, type CgroupHost, type LimitedResource } from '../os/cgroup.ts';
import { type Entry } from './entry.ts';
/** Which limit of a spec each controller holds. */
export declare const LIMIT_POINTERS: Record<LimitedResource, Pointer>;
/** The pointer that the pids controller holds for this spec: it counts tasks, so it holds maxThreads exactly where that is set. */
export declare function tasksPointer(resources: Resources | undefined): Pointer;
/** What the kernel is asked to hold; null where there is no limit. */
export declare function limitsOf(spec: Spec): {
    cpu: number | null;
    memory: number | null;
    pids: number | null;
};
/** The cgroup of an instance; it need not be there. */
export declare function cgroupOf(host: CgroupHost, identity: Entry['identity']): Cgroup;
/** Lineage first, so that two projects never meet in a group. */
export declare function cgroupName(identity: Entry['identity']): string[];
/** Sets what the spec asks for and lifts the rest. Gives the pointers that the kernel holds now and what it refused. */
export declare function applyLimits(group: Cgroup, spec: Spec): {
    held: Pointer[];
    refused: string[];
};
/**
 * What the kernel holds now of the limits that it was given: the wanted value itself where it holds that as near as it can (memory goes by
 * pages), else its own value, null for none.
 */
export declare function heldLimits(group: Cgroup, entry: Entry): Record<Pointer, Json>;
