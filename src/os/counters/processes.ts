import { cpuUsecOf, pageSize, readStat } from '../process-stat.ts';
import { type Handles, KeptFile, readOnce } from './kept-file.ts';
import { keyNumber, nthNumber, word } from './parse.ts';

/** More processes than these are not read one by one, each second: what only they would tell is not known then. */
const MOST = 256;
/** Of so many the files are kept open. */
const MOST_KEPT = 16;

const READ = word('read_bytes: ');
const WRITTEN = word('write_bytes: ');

export interface ProcessSums {
  /** Resident bytes, and those of them that are no file's. */
  memory: number;
  workingSet: number;
  diskRead?: number;
  diskWritten?: number;
}

interface Kept {
  statm: KeptFile;
  io: KeptFile;
}

/** What the kernel tells of single processes, for groups whose controllers do not count it. */
export class Processes {
  private readonly handles: Handles;
  private readonly kept = new Map<number, Kept>();
  private readonly before = { read: 0, written: 0 };
  private readonly total = { read: 0, written: 0 };

  constructor(handles: Handles) {
    this.handles = handles;
  }

  /** Undefined for too many. `io`: whether disk bytes are asked for. */
  read(pids: ReadonlySet<number>, io: boolean): ProcessSums | undefined {
    for (const [pid, files] of this.kept) if (!pids.has(pid)) this.drop(pid, files);
    if (pids.size > MOST) return undefined;
    const page = pageSize();
    let resident = 0;
    let shared = 0;
    let read = 0;
    let written = 0;
    let told = false;
    for (const pid of pids) {
      const files = this.filesOf(pid);
      let length = files === undefined ? readOnce(`/proc/${pid}/statm`) : files.statm.read();
      if (length > 0) {
        resident += nthNumber(length, 1) ?? 0;
        shared += nthNumber(length, 2) ?? 0;
      }
      if (!io) continue;
      length = files === undefined ? readOnce(`/proc/${pid}/io`) : files.io.read();
      if (length <= 0) continue;
      told = true;
      read += keyNumber(length, READ) ?? 0;
      written += keyNumber(length, WRITTEN) ?? 0;
    }
    const sums = { memory: resident * page, workingSet: Math.max(0, resident - shared) * page };
    if (!told) return sums;
    // One that ended and was not waited for takes its share with it: what has been counted stays.
    this.total.read += Math.max(0, read - this.before.read);
    this.total.written += Math.max(0, written - this.before.written);
    Object.assign(this.before, { read, written });
    return { ...sums, diskRead: this.total.read, diskWritten: this.total.written };
  }

  /** Nothing runs any more: what runs next begins at 0. */
  close(): void {
    for (const [pid, files] of this.kept) this.drop(pid, files);
    for (const sums of [this.before, this.total]) Object.assign(sums, { read: 0, written: 0 });
  }

  private filesOf(pid: number): Kept | undefined {
    let files = this.kept.get(pid);
    if (files === undefined && this.kept.size < MOST_KEPT) {
      files = {
        statm: new KeptFile(`/proc/${pid}/statm`, this.handles),
        io: new KeptFile(`/proc/${pid}/io`, this.handles),
      };
      this.kept.set(pid, files);
    }
    return files;
  }

  private drop(pid: number, { statm, io }: Kept): void {
    statm.close();
    io.close();
    this.kept.delete(pid);
  }
}

/** Threads of processes; undefined for too many of them. */
export function threadsOf(pids: ReadonlySet<number>): number | undefined {
  if (pids.size > MOST) return undefined;
  let threads = 0;
  for (const pid of pids) threads += readStat(pid)?.threads ?? 0;
  return threads;
}

/** Seconds of processor time of processes that live, for want of a group that counts it; of the first ones, where there are too many. */
export function cpuOf(pids: ReadonlySet<number>): number {
  let usec = 0;
  let read = 0;
  for (const pid of pids) {
    if (read++ >= MOST) break;
    usec += cpuUsecOf(pid);
  }
  return usec / 1e6;
}

let bootedAt: number | undefined;

/** More processes than these are not looked at for the oldest. */
const MOST_AGED = 32;

/** The process that was started first, and when (ISO 8601); undefined where all have gone. */
export function oldestOf(pids: ReadonlySet<number>): { pid: number; startedAt: string | undefined } | undefined {
  let oldest: { pid: number; ticks: number } | undefined;
  let left = MOST_AGED;
  for (const pid of pids) {
    if (left-- === 0) break;
    const stat = readStat(pid);
    if (stat === undefined) continue;
    const ticks = Number(stat.startTime);
    if (oldest === undefined || ticks < oldest.ticks) oldest = { pid, ticks };
  }
  return oldest && { pid: oldest.pid, startedAt: timeOf(oldest.ticks) };
}

/** Of clock ticks since boot. */
function timeOf(ticks: number): string | undefined {
  if (bootedAt === undefined) {
    const length = readOnce('/proc/stat');
    bootedAt = length < 0 ? undefined : keyNumber(length, word('btime '));
  }
  if (bootedAt === undefined) return undefined;
  // Linux gives user space 100 clock ticks a second on every architecture.
  return new Date(bootedAt * 1000 + ticks * 10).toISOString();
}
