import type { LimitedResource } from './cgroup-host.ts';
/**
 * Quota and period in µs for a number of cores: 100 ms periods, longer ones where the quota would come below the
 * kernel's least of 1 ms. Less than 0.001 cores cannot be held and becomes 0.001.
 */
export declare function cpuQuota(cores: number): {
    quota: number;
    period: number;
};
/** Sets (or with null lifts) one limit in a v1 folder of that controller. Gives the reason when the kernel refuses. */
export declare function setLimitV1(folder: string, resource: LimitedResource, value: number | null): string | undefined;
/** What the kernel holds; undefined is no limit (or no such folder). Cores, bytes, tasks. */
export declare function readLimitV1(folder: string, resource: LimitedResource): number | undefined;
/** Working set in bytes: what is used without the file cache that the kernel can drop. */
export declare function memoryUsageV1(folder: string): number | undefined;
export declare function oomKillsV1(folder: string): number | undefined;
/** Freezes or thaws a v1 freezer folder; the kernel may take some ms to get there. */
export declare function setFrozenV1(folder: string, frozen: boolean): string | undefined;
/** `FREEZING` counts as not yet frozen. */
export declare function isFrozenV1(folder: string): boolean;
