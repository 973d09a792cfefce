import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LimitedResource } from './cgroup-host.ts';
import { readKernelFile, readKey, readNumber, writeKernelFile } from './kernel-file.ts';

/** The shortest quota that the kernel takes, in µs. */
const MIN_QUOTA = 1_000;
const PERIOD = 100_000;
const MAX_PERIOD = 1_000_000;

/**
 * Quota and period in µs for a number of cores: 100 ms periods, longer ones where the quota would come below the
 * kernel's least of 1 ms. Less than 0.001 cores cannot be held and becomes 0.001.
 */
export function cpuQuota(cores: number): { quota: number; period: number } {
  if (cores * PERIOD >= MIN_QUOTA) return { quota: Math.round(cores * PERIOD), period: PERIOD };
  return { quota: MIN_QUOTA, period: Math.min(MAX_PERIOD, Math.max(PERIOD, Math.round(MIN_QUOTA / cores))) };
}

/** Sets (or with null lifts) one limit in a v1 folder of that controller. Gives the reason when the kernel refuses. */
export function setLimitV1(folder: string, resource: LimitedResource, value: number | null): string | undefined {
  switch (resource) {
    case 'cpu':
      return setCpu(folder, value);
    case 'memory':
      return setMemory(folder, value);
    case 'pids':
      return refused(
        folder,
        'pids.max',
        writeKernelFile(join(folder, 'pids.max'), value === null ? 'max' : String(value)),
      );
  }
}

/** What the kernel holds; undefined is no limit (or no such folder). Cores, bytes, tasks. */
export function readLimitV1(folder: string, resource: LimitedResource): number | undefined {
  switch (resource) {
    case 'cpu': {
      const quota = readNumber(join(folder, 'cpu.cfs_quota_us'));
      const period = readNumber(join(folder, 'cpu.cfs_period_us'));
      return quota === undefined || quota < 0 || !period ? undefined : quota / period;
    }
    case 'memory': {
      const bytes = readNumber(join(folder, 'memory.limit_in_bytes'));
      // No limit reads as the largest page-aligned number, 2^63 - 4096 or so.
      return bytes === undefined || bytes >= 2 ** 62 ? undefined : bytes;
    }
    case 'pids':
      return readNumber(join(folder, 'pids.max'));
  }
}

/** Working set in bytes: what is used without the file cache that the kernel can drop. */
export function memoryUsageV1(folder: string): number | undefined {
  const usage = readNumber(join(folder, 'memory.usage_in_bytes'));
  if (usage === undefined) return undefined;
  return Math.max(0, usage - (readKey(join(folder, 'memory.stat'), 'total_inactive_file') ?? 0));
}

export function oomKillsV1(folder: string): number | undefined {
  return readKey(join(folder, 'memory.oom_control'), 'oom_kill');
}

/** Freezes or thaws a v1 freezer folder; the kernel may take some ms to get there. */
export function setFrozenV1(folder: string, frozen: boolean): string | undefined {
  return refused(folder, 'freezer.state', writeKernelFile(join(folder, 'freezer.state'), frozen ? 'FROZEN' : 'THAWED'));
}

/** `FREEZING` counts as not yet frozen. */
export function isFrozenV1(folder: string): boolean {
  return readKernelFile(join(folder, 'freezer.state'))?.trim() === 'FROZEN';
}

function setCpu(folder: string, cores: number | null): string | undefined {
  const quotaFile = join(folder, 'cpu.cfs_quota_us');
  if (cores === null) return refused(folder, 'cpu.cfs_quota_us', writeKernelFile(quotaFile, '-1'));
  const { quota, period } = cpuQuota(cores);
  const periodFile = join(folder, 'cpu.cfs_period_us');
  if (readNumber(periodFile) !== period) {
    // A quota that stands while the period changes could be refused for its ratio.
    writeKernelFile(quotaFile, '-1');
    const reason = refused(folder, 'cpu.cfs_period_us', writeKernelFile(periodFile, String(period)));
    if (reason !== undefined) return reason;
  }
  const code = writeKernelFile(quotaFile, String(quota));
  // v1 keeps every group at no more than the one above it.
  const why = code === 'EINVAL' ? `${code} (a group below it may use more, or the one above it less)` : code;
  return refused(folder, 'cpu.cfs_quota_us', why);
}

function setMemory(folder: string, bytes: number | null): string | undefined {
  const limit = join(folder, 'memory.limit_in_bytes');
  const withSwap = join(folder, 'memory.memsw.limit_in_bytes');
  const swapCounted = existsSync(withSwap);
  const value = bytes === null ? '-1' : String(bytes);
  // memory+swap may never be below memory: raise it first, lower it last. Equal limits mean that nothing is swapped.
  const before = readLimitV1(folder, 'memory') ?? Number.POSITIVE_INFINITY;
  const raise = bytes === null || bytes > before;
  if (swapCounted && raise) {
    const reason = refused(folder, 'memory.memsw.limit_in_bytes', writeKernelFile(withSwap, value));
    if (reason !== undefined) return reason;
  }
  const code = writeKernelFile(limit, value);
  if (code === 'EBUSY')
    return `more than that is in use now: ${readNumber(join(folder, 'memory.usage_in_bytes'))} bytes`;
  if (code !== undefined) return refused(folder, 'memory.limit_in_bytes', code);
  if (swapCounted && !raise) {
    return refused(folder, 'memory.memsw.limit_in_bytes', writeKernelFile(withSwap, value));
  }
  return undefined;
}

const refused = (folder: string, file: string, code: string | undefined): string | undefined =>
  code === undefined ? undefined : `${join(folder, file)}: ${code}`;
