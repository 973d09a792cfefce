import { readFileSync } from 'node:fs';
import { errno, readKernelFile } from './kernel-file.ts';

/** What /proc/PID/stat says. */
export interface ProcessStat {
  pid: number;
  /** The program's short name. */
  name: string;
  /** R, S, D, Z, T, … */
  state: string;
  ppid: number;
  pgrp: number;
  session: number;
  /** Clock ticks since boot, as text: part of the identity. */
  startTime: string;
  /** CPU time in ms. */
  utime: number;
  stime: number;
  threads: number;
  /** Bytes. */
  rss: number;
}

/** Linux gives user space 100 clock ticks a second on every architecture. */
const MS_PER_TICK = 10;

/** Undefined when there is no such process. A zombie has state `Z`. */
export function readStat(pid: number): ProcessStat | undefined {
  const text = readKernelFile(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name may hold blanks and brackets, so the fields are counted from the last one.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const number = (field: number): number => Number(fields[field - 3]);
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, end),
    state: fields[0] ?? '?',
    ppid: number(4),
    pgrp: number(5),
    session: number(6),
    startTime: fields[19] ?? '',
    utime: number(14) * MS_PER_TICK,
    stime: number(15) * MS_PER_TICK,
    threads: number(20),
    rss: number(24) * pageSize(),
  };
}

/** CPU time in µs of one process and of the children it has waited for; 0 when it is gone. */
export function cpuUsecOf(pid: number): number {
  const text = readKernelFile(`/proc/${pid}/stat`);
  if (text === undefined) return 0;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]) * MS_PER_TICK * 1000, 0);
}

/** Resident memory in bytes that it shares with nobody's files; 0 when it is gone. */
export function privateMemoryOf(pid: number): number {
  const [, resident, shared] = (readKernelFile(`/proc/${pid}/statm`) ?? '').split(' ');
  return (Number(resident ?? 0) - Number(shared ?? 0)) * pageSize();
}

/** Sends a signal to one pid. False: there is no such process. Callers have verified whose pid it is. */
export function sendTo(pid: number, signal: NodeJS.Signals | number): boolean {
  // 0, negative numbers and 1 mean groups, everybody and init.
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return false;
  try {
    return process.kill(pid, signal);
  } catch (thrown) {
    if (errno(thrown) === 'ESRCH') return false;
    throw thrown;
  }
}

let knownPageSize: number | undefined;

/** Bytes in a page, from the kernel's auxiliary vector: 4096, or up to 64 KiB on arm64 and ppc64. */
export function pageSize(): number {
  if (knownPageSize !== undefined) return knownPageSize;
  knownPageSize = 4096;
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      // AT_PAGESZ is 6; 64-bit words in the machine's order, which is little endian wherever Node runs but on s390x.
      if (vector.readBigUInt64LE(at) === 6n) knownPageSize = Number(vector.readBigUInt64LE(at + 8));
    }
  } catch {
    // A hardened kernel may hide it; 4096 is right nearly everywhere.
  }
  return knownPageSize;
}
