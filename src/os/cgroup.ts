import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PjError } from '../errors.ts';
import { type CgroupHost, LIMITED, type LimitedResource, tracker } from './cgroup-host.ts';
import { isFrozenV1, memoryUsageV1, oomKillsV1, readLimitV1, setFrozenV1, setLimitV1 } from './cgroup-v1.ts';
import {
  chargedV2,
  cpuUsecV2,
  enableControllers,
  isFrozenV2,
  isPopulatedV2,
  killV2,
  memoryUsageV2,
  oomKillsV2,
  readLimitV2,
  setFrozenV2,
  setLimitV2,
} from './cgroup-v2.ts';
import { errno, pauseSync, readKernelFile, writeKernelFile } from './kernel-file.ts';
import { cpuUsecOf, privateMemoryOf, sendTo } from './process-stat.ts';

export { type CgroupHost, detectCgroups, type LimitedResource } from './cgroup-host.ts';

const UNCOUNTED = 'memory that was in use before the limit came is not counted until the next restart';

/** Cores, bytes, tasks (threads count as tasks). Null lifts a limit; a key that is absent leaves it as it is. */
export type Limits = { [R in LimitedResource]?: number | null };
export type HeldLimits = { [R in LimitedResource]?: number };

export interface LimitReport {
  /** What the kernel holds now, read back from it: memory is rounded down to pages. */
  held: HeldLimits;
  notHeld: { resource: LimitedResource; reason: string }[];
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
export function openCgroup(host: CgroupHost, name: readonly string[]): Cgroup {
  return new Cgroup(host, name.map(folderName));
}

/** A group's folders, one tree for tracking and one for every v1 controller with a limit. Holds no descriptor; everything is read anew. */
export class Cgroup {
  readonly host: CgroupHost;
  readonly name: readonly string[];

  constructor(host: CgroupHost, name: readonly string[]) {
    this.host = host;
    this.name = name;
  }

  /** The folder that tracks the processes. Throws PJ5060 where groups cannot be made at all. */
  get path(): string {
    const base = this.host.unified ?? this.v1Base(tracker(this.host));
    if (base === undefined) {
      throw new PjError('PJ5060', {
        path: this.name.join('/'),
        reason: this.host.reason ?? 'this host has no cgroups that may be used',
      });
    }
    return join(base, ...this.name);
  }

  /** Makes the tracking folder; fine when it is there. Throws PJ5060. */
  create(): void {
    makeFolder(this.path);
  }

  exists(): boolean {
    return this.host.writable && existsSync(this.path);
  }

  /**
   * The files that a process writes `0` into to join. Only folders that exist are told, so set limits first.
   * A process that joins before it runs the workload's program has no instant outside.
   */
  procsFiles(): string[] {
    return this.folders().map((folder) => join(folder, 'cgroup.procs'));
  }

  /** Sets and lifts limits, while it runs too. What cannot be held is told, not thrown. */
  setLimits(limits: Limits): LimitReport {
    const report: LimitReport = { held: {}, notHeld: [], notes: [] };
    const notHeld = (resource: LimitedResource, reason: string) => report.notHeld.push({ resource, reason });
    for (const resource of LIMITED) {
      const value = limits[resource];
      if (value === undefined) continue;
      if (value !== null && !(Number.isFinite(value) && value > 0)) {
        notHeld(resource, `${value} is not a limit: it has to be above 0`);
        continue;
      }
      const amount = value === null || resource === 'cpu' ? value : Math.floor(value);
      const reason =
        this.host.version === 'v2' ? this.setV2(resource, amount, report) : this.setV1(resource, amount, report);
      if (reason !== undefined) notHeld(resource, reason);
    }
    report.held = this.readLimits();
    return report;
  }

  /** What the kernel holds now; absent is no limit. */
  readLimits(): HeldLimits {
    const held: HeldLimits = {};
    for (const resource of LIMITED) {
      const folder = this.limitFolder(resource);
      if (folder === undefined) continue;
      const value = this.host.version === 'v2' ? readLimitV2(folder, resource) : readLimitV1(folder, resource);
      if (value !== undefined) held[resource] = value;
    }
    return held;
  }

  /** Every process in the group and in groups below it. */
  pids(): number[] {
    if (!this.host.writable) return [];
    // The groups that a JVM makes for its applications' threads each tell its process once more.
    const found = new Set<number>();
    for (const folder of tree(this.path)) {
      for (const line of (readKernelFile(join(folder, 'cgroup.procs')) ?? '').split('\n')) {
        const pid = Number(line);
        // 0 stands for a process of another pid namespace, which cannot be named from here.
        if (pid > 0) found.add(pid);
      }
    }
    return [...found];
  }

  /** True while a process lives in it. A zombie does not. */
  populated(): boolean {
    if (!this.exists()) return false;
    if (this.host.unified !== undefined) {
      const populated = isPopulatedV2(this.path);
      if (populated !== undefined) return populated;
    }
    return this.pids().length > 0;
  }

  /** Sends SIGKILL to all of it, forks included. Ends when that is sent; `waitEmpty` tells when they are gone. */
  kill(): void {
    if (!this.exists()) return;
    if (this.host.unified !== undefined && killV2(this.path)) return;
    // What is frozen cannot fork and its pids cannot be given to others; a frozen v1 group dies when thawed.
    for (let round = 0; round < 50 && this.populated(); round++) {
      const frozen = this.freeze() === undefined;
      for (let wait = 0; frozen && wait < 20 && !this.frozen(); wait++) pauseSync(1);
      const members = this.pids();
      for (const pid of members) if (this.isMember(pid)) sendTo(pid, 'SIGKILL');
      if (frozen) this.thaw();
      if (members.length === 0) return;
      pauseSync(2);
    }
  }

  /** Freezes all of it. Gives the reason when the kernel cannot. */
  freeze(): string | undefined {
    return this.setFrozen(true);
  }

  thaw(): string | undefined {
    return this.setFrozen(false);
  }

  frozen(): boolean {
    if (this.host.unified !== undefined) return isFrozenV2(this.path);
    const folder = this.freezerFolder();
    return folder !== undefined && isFrozenV1(folder);
  }

  usage(): CgroupUsage {
    const pids = this.pids();
    const memoryFolder = this.limitFolder('memory');
    const memory =
      memoryFolder === undefined
        ? undefined
        : this.host.version === 'v2'
          ? memoryUsageV2(memoryFolder)
          : memoryUsageV1(memoryFolder);
    return {
      cpuUsec:
        (this.host.unified === undefined ? undefined : cpuUsecV2(this.path)) ??
        pids.reduce((sum, pid) => sum + cpuUsecOf(pid), 0),
      memory: memory ?? pids.reduce((sum, pid) => sum + privateMemoryOf(pid), 0),
      oomKills: this.oomKills(),
      pids: pids.length,
    };
  }

  /** Times that the kernel killed a process of this group for want of memory. */
  oomKills(): number {
    const folder = this.limitFolder('memory');
    if (folder === undefined) return 0;
    return (this.host.version === 'v2' ? oomKillsV2(folder) : oomKillsV1(folder)) ?? 0;
  }

  /**
   * Removes the folders, innermost first, trying again for `timeoutMs` (it blocks, so keep that short) while processes that
   * were killed go. False: something still lives in it. What is not there is fine.
   */
  remove(timeoutMs = 100): boolean {
    const deadline = performance.now() + timeoutMs;
    for (let wait = 1; ; wait = Math.min(wait * 2, 20)) {
      const left = this.folders().filter((folder) => !removeTree(folder));
      if (left.length === 0) return true;
      if (performance.now() + wait > deadline) return false;
      pauseSync(wait);
    }
  }

  /** Resolves true when nothing lives in it any more, false when `timeoutMs` passed first or the signal aborted. */
  async waitEmpty(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    for (let wait = 1; this.populated(); wait = Math.min(wait * 2, 50)) {
      if (signal?.aborted || performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    return true;
  }

  /** Kills all of it, waits until it is gone, removes the folders and those above that are empty now. Throws PJ5063 after `timeoutMs`. */
  async killAndRemove(timeoutMs = 5_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    this.kill();
    await this.waitEmpty(timeoutMs);
    while (!this.remove(0)) {
      if (performance.now() > deadline) {
        throw new PjError('PJ5063', { path: this.path, count: this.pids().length, seconds: timeoutMs / 1000 });
      }
      // A process that joined between the kill and now.
      this.kill();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    cleanupEmptyParents(this.host, this.name);
  }

  private setV1(resource: LimitedResource, value: number | null, report: LimitReport): string | undefined {
    const base = this.host.v1[resource];
    if (base === undefined) {
      return value === null ? undefined : (this.host.reason ?? `no ${resource} controller on this host`);
    }
    const folder = join(base, ...this.name);
    const isNew = !existsSync(folder);
    if (isNew && value === null) return undefined;
    makeFolder(folder);
    const reason = setLimitV1(folder, resource, value);
    if (reason !== undefined || !isNew) return reason;
    const moved = this.moveMembersTo(folder);
    if (moved > 0 && resource === 'memory') {
      report.notes.push(UNCOUNTED);
    }
    return undefined;
  }

  private setV2(resource: LimitedResource, value: number | null, report: LimitReport): string | undefined {
    const base = this.host.unified;
    if (base === undefined || !this.host.controllers.has(resource)) {
      return value === null ? undefined : (this.host.reason ?? `no ${resource} controller on this host`);
    }
    makeFolder(this.path);
    if (value === null && this.limitFolder(resource) === undefined) return undefined;
    for (let depth = 0; depth < this.name.length; depth++) {
      const reason = enableControllers(join(base, ...this.name.slice(0, depth)), [resource]);
      if (reason !== undefined) return reason;
    }
    const reason = setLimitV2(this.path, resource, value);
    if (reason === undefined && resource === 'memory' && value !== null && this.someUncounted()) {
      report.notes.push(UNCOUNTED);
    }
    return reason;
  }

  /** Memory is charged where it is first used: not here, if that was before the controller came or before the process did. */
  private someUncounted(): boolean {
    const counted = chargedV2(this.path) ?? 0;
    // One process at a time, as several may share their pages since a fork; the kernel's figures lag behind a little.
    return this.pids().some((pid) => privateMemoryOf(pid) > counted + (1 << 20));
  }

  /** A v1 controller that comes to a running workload: its processes are moved in, and those they fork meanwhile. */
  private moveMembersTo(folder: string): number {
    const moved = new Set<number>();
    for (let round = 0; round < 100; round++) {
      const missing = this.pids().filter((pid) => !moved.has(pid));
      if (missing.length === 0) break;
      for (const pid of missing) {
        writeKernelFile(join(folder, 'cgroup.procs'), String(pid));
        moved.add(pid);
      }
    }
    return moved.size;
  }

  private setFrozen(frozen: boolean): string | undefined {
    if (!this.exists()) return undefined;
    if (this.host.unified !== undefined) return setFrozenV2(this.path, frozen);
    const folder = this.freezerFolder();
    return folder === undefined ? 'this host has no freezer' : setFrozenV1(folder, frozen);
  }

  private freezerFolder(): string | undefined {
    const base = this.host.v1.freezer;
    return base === undefined ? undefined : join(base, ...this.name);
  }

  /** The folder that holds a limit of this resource, if it exists and has the controller. */
  private limitFolder(resource: LimitedResource): string | undefined {
    const base = this.host.version === 'v2' ? this.host.unified : this.host.v1[resource];
    if (base === undefined) return undefined;
    const folder = join(base, ...this.name);
    const file = this.host.version === 'v2' ? `${resource}.max` : 'cgroup.procs';
    return existsSync(join(folder, file)) ? folder : undefined;
  }

  /** All folders of this group that exist, the tracking one first. */
  private folders(): string[] {
    const bases = [this.host.unified, this.v1Base(tracker(this.host))];
    if (this.host.version !== 'v2') bases.push(...LIMITED.map((name) => this.host.v1[name]));
    const wanted = new Set(bases.filter((base) => base !== undefined).map((base) => join(base, ...this.name)));
    return [...wanted].filter((folder) => existsSync(folder));
  }

  private v1Base(name: LimitedResource | 'freezer' | undefined): string | undefined {
    return name === undefined ? undefined : this.host.v1[name];
  }

  /** The pid was read a moment ago: is it (still) one of ours? */
  private isMember(pid: number): boolean {
    const groups = readKernelFile(`/proc/${pid}/cgroup`) ?? '';
    const own = `/${this.name.join('/')}`;
    return groups.split('\n').some((line) => line.endsWith(own) || line.includes(`${own}/`));
  }
}

/** Removes the folders above a group that are empty now, up to the host's own. */
export function cleanupEmptyParents(host: CgroupHost, name: readonly string[]): void {
  const bases = new Set([host.unified, ...Object.values(host.v1)].filter((base) => base !== undefined));
  const parts = name.map(folderName);
  for (const base of bases) {
    for (let depth = parts.length - 1; depth > 0; depth--) {
      if (!removeFolder(join(base, ...parts.slice(0, depth)))) break;
    }
  }
}

/** The names of the groups right below a folder of pj's, whatever tree they are in: what an earlier run may have left. */
export function listCgroups(host: CgroupHost, parent: readonly string[]): string[] {
  const found = new Set<string>();
  for (const base of [host.unified, ...Object.values(host.v1)]) {
    if (base === undefined) continue;
    for (const name of subfolders(join(base, ...parent.map(folderName)))) found.add(name.replace(/^_/, ''));
  }
  return [...found].sort();
}

/** True when the kernel holds what was asked, as near as it can: memory goes by pages, cpu by µs. */
export function isHeld(resource: LimitedResource, wanted: number, held: number | undefined): boolean {
  if (held === undefined) return false;
  if (resource === 'memory') return Math.abs(held - wanted) < 65_536;
  return resource === 'cpu' ? Math.abs(held - wanted) <= Math.max(0.001, wanted * 0.001) : held === Math.floor(wanted);
}

/** A name with a dot could be that of a kernel file (`memory.max`); the kernel's own advice is to put `_` before it. */
function folderName(name: string): string {
  if (name === '' || name.includes('/') || name.includes('\0') || name === '.' || name === '..') {
    throw new PjError('PJ5060', { path: name, reason: 'this is not the name of a folder' });
  }
  return /\.|^(tasks|notify_on_release|release_agent)$/.test(name) && !name.startsWith('_') ? `_${name}` : name;
}

function makeFolder(folder: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      mkdirSync(folder, { recursive: true });
      return;
    } catch (thrown) {
      // Another project that cleans up may take the parent away between its making and ours.
      if (errno(thrown) === 'ENOENT' && attempt < 10) continue;
      throw new PjError('PJ5060', { path: folder, reason: errno(thrown) ?? String(thrown) }, { cause: thrown });
    }
  }
}

/** The folder and all below it, outermost first. */
function tree(folder: string): string[] {
  return [folder, ...subfolders(folder).flatMap((name) => tree(join(folder, name)))];
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT' || errno(thrown) === 'ENODEV') return [];
    throw thrown;
  }
}

function removeTree(folder: string): boolean {
  return tree(folder).reverse().map(removeFolder).every(Boolean);
}

/** False: not empty yet. */
function removeFolder(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (thrown) {
    const code = errno(thrown);
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY' || code === 'ENOTEMPTY') return false;
    throw new PjError('PJ5060', { path: dirname(folder), reason: `rmdir: ${code ?? thrown}` }, { cause: thrown });
  }
}
