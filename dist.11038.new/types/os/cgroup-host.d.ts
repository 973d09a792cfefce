/** A resource that the kernel can hold a limit of, which is also the name of its controller. */
export type LimitedResource = 'cpu' | 'memory' | 'pids';
/** Where the kernel's cgroups are on this host and what they can hold. */
export interface CgroupHost {
    /** hybrid: limits through v1 controllers, tracking through an own v2 tree. */
    version: 'v1' | 'v2' | 'hybrid' | 'none';
    /** Groups can be made here: processes are tracked, frozen and killed through them. */
    writable: boolean;
    /** Limits that can be held. */
    controllers: Set<LimitedResource>;
    /** Why some or all limits cannot be held, for people. */
    reason?: string;
    /** The v2 folder below which groups are made (v2 and hybrid). */
    unified?: string;
    /** The v1 folders below which groups are made; `freezer` tracks where there is no v2 tree. */
    v1: Partial<Record<LimitedResource | 'freezer', string>>;
}
/** What detection reads; given in tests. */
export interface CgroupFacts {
    /** Text of /proc/self/mountinfo. */
    mountinfo?: string;
    /** Text of /proc/self/cgroup. */
    self?: string;
    isRoot?: boolean;
}
export declare const LIMITED: readonly LimitedResource[];
/**
 * Looks where cgroup controllers are mounted below `root` and whether groups can be made there. Makes and changes nothing.
 * Root makes its groups at the top of each tree, so that an agent started from anywhere finds them; anyone else in the topmost
 * folder above its own cgroup that was delegated to it.
 */
export declare function detectCgroups(root?: string, facts?: CgroupFacts): CgroupHost;
/** The v1 tree that tracks processes where there is no v2 tree. */
export declare function tracker(host: CgroupHost): 'freezer' | LimitedResource | undefined;
