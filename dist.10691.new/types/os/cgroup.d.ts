import { type CgroupHost, type LimitedResource } from './cgroup-host.ts';
export { type CgroupFacts, type CgroupHost, detectCgroups, type LimitedResource } from './cgroup-host.ts';
/** Cores, bytes, tasks (threads count as tasks). Null lifts a limit; a key that is absent leaves it as it is. */
export type Limits = {
    [R in LimitedResource]?: number | null;
};
export type HeldLimits = {
    [R in LimitedResource]?: number;
};
export interface LimitReport {
    /** What the kernel holds now, read back from it: memory is rounded down to pages. */
    held: HeldLimits;
    notHeld: {
        resource: LimitedResource;
        reason: string;
    }[];
    /** What holds only in part, for people. */
    notes: string[];
}
export interface CgroupUsage {
    /** CPU time in µs of all that ever ran in the group. */
    cpuUsec: number;
    /** Bytes: the working set, without file cache that can be dropped. Without a memory controller: private resident memory. */
    memory: number;
    oomKills: number;
    pids: number;
}
/**
 * One workload's group, below pj's own folder; nothing is made before `create`. The last of `name` is the workload.
 * Throws PJ5060 for a name that is no file name.
 */
export declare function openCgroup(host: CgroupHost, name: readonly string[]): Cgroup;
/** A group's folders, one tree for tracking and one for every v1 controller with a limit. Holds no descriptor; everything is read anew. */
export declare class Cgroup {
    readonly host: CgroupHost;
    readonly name: readonly string[];
    constructor(host: CgroupHost, name: readonly string[]);
    /** The folder that tracks the processes. Throws PJ5060 where groups cannot be made at all. */
    get path(): string;
    /** Makes the tracking folder; fine when it is there. Throws PJ5060. */
    create(): void;
    exists(): boolean;
    /**
     * The files that a process writes `0` into to join. Only folders that exist are told, so set limits first.
     * A process that joins before it runs the workload's program has no instant outside.
     */
    procsFiles(): string[];
    /** Sets and lifts limits, while it runs too. What cannot be held is told, not thrown. */
    setLimits(limits: Limits): LimitReport;
    /** What the kernel holds now; absent is no limit. */
    readLimits(): HeldLimits;
    /** Every process in the group and in groups below it. */
    pids(): number[];
    /** True while a process lives in it. A zombie does not. */
    populated(): boolean;
    /** Sends SIGKILL to all of it, forks included. Ends when that is sent; `waitEmpty` tells when they are gone. */
    kill(): void;
    /** Freezes all of it. Gives the reason when the kernel cannot. */
    freeze(): string | undefined;
    thaw(): string | undefined;
    frozen(): boolean;
    usage(): CgroupUsage;
    /** Times that the kernel killed a process of this group for want of memory. */
    oomKills(): number;
    /**
     * Removes the folders, innermost first, trying again for `timeoutMs` (it blocks, so keep that short) while processes that
     * were killed go. False: something still lives in it. What is not there is fine.
     */
    remove(timeoutMs?: number): boolean;
    /** Resolves true when nothing lives in it any more, false when `timeoutMs` passed first or the signal aborted. */
    waitEmpty(timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
    /** Kills all of it, waits until it is gone, removes the folders and those above that are empty now. Throws PJ5063 after `timeoutMs`. */
    killAndRemove(timeoutMs?: number): Promise<void>;
    private setV1;
    private setV2;
    /** A v1 controller that comes to a running workload: its processes are moved in, and those they fork meanwhile. */
    private moveMembersTo;
    private setFrozen;
    private freezerFolder;
    /** The folder that holds a limit of this resource, if it exists and has the controller. */
    private limitFolder;
    /** All folders of this group that exist, the tracking one first. */
    private folders;
    private v1Base;
    /** The pid was read a moment ago: is it (still) one of ours? */
    private isMember;
}
/** Removes the folders above a group that are empty now, up to the host's own. */
export declare function cleanupEmptyParents(host: CgroupHost, name: readonly string[]): void;
/** The names of the groups right below a folder of pj's, whatever tree they are in: what an earlier run may have left. */
export declare function listCgroups(host: CgroupHost, parent: readonly string[]): string[];
/** True when the kernel holds what was asked, as near as it can: memory goes by pages, cpu by µs. */
export declare function isHeld(resource: LimitedResource, wanted: number, held: number | undefined): boolean;
