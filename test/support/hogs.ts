import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStat } from '../../src/os/process.ts';
import { alive } from './pj.ts';

/** A name for one program, by which its processes are found on this host, wherever they run. */
export const tag = (): string => `hog-${randomBytes(6).toString('hex')}`;

/** Spins until the file `calm` is there, with nothing but its shell. */
export const spinner = (name: string, calm: string): string =>
  `: ${name}; while [ ! -e ${calm} ]; do :; done; sleep 100000; :`;

/** Wants three times the memory that it may have, again and again; it is a child that is killed for it. */
export const memoryHog = (name: string, mib: number): string =>
  `: ${name}; while :; do head -c ${mib * 3}m /dev/zero | tail -c ${mib * 3}000000 > /dev/null; done`;

/** Holds almost all of so many MiB and no more: nobody is killed for it. What is read once waits for a pipe that nobody empties. */
export const memoryHolder = (name: string, mib: number): string =>
  `: ${name}; dd if=/dev/zero bs=${mib * 993}k count=2 2> /dev/null | sleep 100000; :`;

/** So many processes in all, and no more. */
export const forkBomb = (name: string, processes: number): string =>
  `: ${name}; i=1; while [ $i -lt ${processes} ]; do sleep 100000 & i=$((i+1)); done; wait`;

/** Fills a folder with so many MiB, and stays. */
export const diskFiller = (name: string, folder: string, mib: number): string =>
  `: ${name}; dd if=/dev/zero of=${folder}/full bs=1M count=${mib} 2> /dev/null; sleep 100000; :`;

/** Pids on this host of the shells that run a program. */
export function hogs(name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && read(`/proc/${entry}/cmdline`).includes(name) && alive(Number(entry)))
    .map(Number)
    .filter((pid) => !read(`/proc/${pid}/cmdline`).includes('apply'));
}

/** Seconds of cpu that a program's shell has had, by the kernel's word. */
export function cpuSeconds(name: string): number {
  return hogs(name).reduce((sum, pid) => {
    const stat = readStat(pid);
    return sum + ((stat?.utime ?? 0) + (stat?.stime ?? 0)) / 1000;
  }, 0);
}

/** The folder of a program's group that limits cpu. */
export function cpuGroup(name: string): string {
  // Who has started it may show the same words; the newest is not the highest where pids have begun again.
  const pids = hogs(name);
  const above = new Set(pids.flatMap(ancestors));
  const pid = pids.find((one) => !above.has(one));
  const lines = read(`/proc/${pid}/cgroup`).split('\n');
  const v1 = lines.find((line) => line.split(':')[1]?.split(',').includes('cpu'));
  const [tree, line] =
    v1 === undefined ? ['/sys/fs/cgroup', lines.find((one) => one.startsWith('0:'))] : ['/sys/fs/cgroup/cpu', v1];
  return join(tree, line?.split(':').slice(2).join(':') ?? '');
}

function ancestors(pid: number): number[] {
  const parent = readStat(pid)?.ppid ?? 0;
  return parent === 0 ? [] : [parent, ...ancestors(parent)];
}

/** The cores that the kernel holds such a group to. */
export function coresOf(group: string): number {
  const v2 = read(join(group, 'cpu.max')).trim().split(' ').map(Number);
  if (v2.length === 2) return (v2[0] ?? 0) / (v2[1] ?? 1);
  return Number(read(join(group, 'cpu.cfs_quota_us'))) / Number(read(join(group, 'cpu.cfs_period_us')));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
