import type { LimitedResource } from './cgroup-host.ts';
/** Sets (or with null lifts) one limit in a v2 folder. Gives the reason when the kernel refuses. */
export declare function setLimitV2(folder: string, resource: LimitedResource, value: number | null): string | undefined;
/** What the kernel holds; undefined is no limit (or no such controller). Cores, bytes, tasks. */
export declare function readLimitV2(folder: string, resource: LimitedResource): number | undefined;
/** Working set in bytes: what is used without the file cache that the kernel can drop. */
export declare function memoryUsageV2(folder: string): number | undefined;
/** From memory.events, which counts for the groups below too. */
export declare function oomKillsV2(folder: string): number | undefined;
/** CPU time in µs of all that ever ran in the group; works on the v2 tree of a hybrid host too. */
export declare function cpuUsecV2(folder: string): number | undefined;
/** Lets a v2 folder hand these controllers to the groups below it. Gives the reason when the kernel refuses. */
export declare function enableControllers(folder: string, names: readonly LimitedResource[]): string | undefined;
/** Kills everything in the group and below in one go, forks included. False: this kernel (before 5.14) has no cgroup.kill. */
export declare function killV2(folder: string): boolean;
/** Freezes or thaws; the kernel may take some ms to get there. */
export declare function setFrozenV2(folder: string, frozen: boolean): string | undefined;
export declare function isFrozenV2(folder: string): boolean;
/** True while any process lives in the group or below; undefined where there is no group. */
export declare function isPopulatedV2(folder: string): boolean | undefined;
