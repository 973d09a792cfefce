import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LimitedResource } from './cgroup-host.ts';
import { cpuQuota } from './cgroup-v1.ts';
import { readKernelFile, readKey, readNumber, writeKernelFile } from './kernel-file.ts';

/** Sets (or with null lifts) one limit in a v2 folder. Gives the reason when the kernel refuses. */
export function setLimitV2(folder: string, resource: LimitedResource, value: number | null): string | undefined {
  switch (resource) {
    case 'cpu': {
      const { quota, period } = cpuQuota(value ?? 1);
      return write(folder, 'cpu.max', value === null ? `max ${period}` : `${quota} ${period}`);
    }
    case 'memory':
      return setMemory(folder, value);
    case 'pids':
      return write(folder, 'pids.max', value === null ? 'max' : String(value));
  }
}

/** What the kernel holds; undefined is no limit (or no such controller). Cores, bytes, tasks. */
export function readLimitV2(folder: string, resource: LimitedResource): number | undefined {
  switch (resource) {
    case 'cpu': {
      const [quota, period] = (readKernelFile(join(folder, 'cpu.max')) ?? 'max').trim().split(' ');
      return quota === undefined || quota === 'max' ? undefined : Number(quota) / Number(period ?? 100_000);
    }
    case 'memory':
      return readNumber(join(folder, 'memory.max'));
    case 'pids':
      return readNumber(join(folder, 'pids.max'));
  }
}

/** All memory in bytes that is charged to the group, file cache too; undefined without the controller. */
export function chargedV2(folder: string): number | undefined {
  return readNumber(join(folder, 'memory.current'));
}

/** Working set in bytes: what is used without the file cache that the kernel can drop. */
export function memoryUsageV2(folder: string): number | undefined {
  const usage = chargedV2(folder);
  if (usage === undefined) return undefined;
  return Math.max(0, usage - (readKey(join(folder, 'memory.stat'), 'inactive_file') ?? 0));
}

/** From memory.events, which counts for the groups below too. */
export function oomKillsV2(folder: string): number | undefined {
  return readKey(join(folder, 'memory.events'), 'oom_kill');
}

/** CPU time in µs of all that ever ran in the group; works on the v2 tree of a hybrid host too. */
export function cpuUsecV2(folder: string): number | undefined {
  return readKey(join(folder, 'cpu.stat'), 'usage_usec');
}

/** Lets a v2 folder hand these controllers to the groups below it. Gives the reason when the kernel refuses. */
export function enableControllers(folder: string, names: readonly LimitedResource[]): string | undefined {
  const file = join(folder, 'cgroup.subtree_control');
  const enabled = new Set((readKernelFile(file) ?? '').trim().split(/\s+/));
  // One at a time, so that one that is missing does not keep the others out.
  for (const name of names) {
    if (enabled.has(name)) continue;
    const code = writeKernelFile(file, `+${name}`);
    if (code === 'EBUSY') return `${folder} holds processes of its own, so that it cannot hand ${name} down`;
    if (code !== undefined) return `${file}: ${code} for +${name}`;
  }
  return undefined;
}

/** Kills everything in the group and below in one go, forks included. False: this kernel (before 5.14) has no cgroup.kill. */
export function killV2(folder: string): boolean {
  const file = join(folder, 'cgroup.kill');
  return existsSync(file) && writeKernelFile(file, '1') === undefined;
}

/** Freezes or thaws; the kernel may take some ms to get there. */
export function setFrozenV2(folder: string, frozen: boolean): string | undefined {
  return write(folder, 'cgroup.freeze', frozen ? '1' : '0');
}

export function isFrozenV2(folder: string): boolean {
  return readKey(join(folder, 'cgroup.events'), 'frozen') === 1;
}

/** True while any process lives in the group or below; undefined where there is no group. */
export function isPopulatedV2(folder: string): boolean | undefined {
  const value = readKey(join(folder, 'cgroup.events'), 'populated');
  return value === undefined ? undefined : value === 1;
}

function setMemory(folder: string, bytes: number | null): string | undefined {
  if (bytes !== null) {
    const current = chargedV2(folder) ?? 0;
    if (current > bytes) {
      // memory.max below what is used would have the kernel kill at once; memory.high only reclaims, so that comes first.
      write(folder, 'memory.high', String(bytes));
      const left = chargedV2(folder) ?? 0;
      write(folder, 'memory.high', 'max');
      if (left > bytes) return `more than that is in use now: ${left} bytes`;
    }
  }
  const reason = write(folder, 'memory.max', bytes === null ? 'max' : String(bytes));
  if (reason !== undefined) return reason;
  // The quota is of memory, not of memory and as much swap as there is.
  if (!existsSync(join(folder, 'memory.swap.max'))) return undefined;
  return write(folder, 'memory.swap.max', bytes === null ? 'max' : '0');
}

function write(folder: string, file: string, text: string): string | undefined {
  const code = writeKernelFile(join(folder, file), text);
  return code === undefined ? undefined : `${join(folder, file)}: ${code}`;
}
