import { constants } from 'node:os';
import type { Cgroup } from './cgroup.ts';
import { identify, isAlive, type ProcessIdentity } from './identity.ts';
import { errno } from './kernel-file.ts';
import { allPids, readEnvironVariable } from './proc-files.ts';
import { type ProcessStat, readStat, sendTo } from './process-stat.ts';

export { readCmdline, readEnviron, readEnvironVariable, readExe } from './proc-files.ts';
export { readStat } from './process-stat.ts';

/** The environment variable that marks every process of a workload. */
export const MARKER = 'PJ_IDENTITY';

/** How the processes of one workload are found. */
export interface TreeRoot {
  /** The first process, a session leader; undefined when it is not known any more. */
  identity?: ProcessIdentity | undefined;
  /** Where there is one it alone decides: everything in it belongs to the workload. */
  cgroup?: Cgroup | undefined;
  /** The value of PJ_IDENTITY that its processes carry. */
  marker?: string | undefined;
}

/**
 * The processes of a workload that live now. With a cgroup that exists: its members. Else, the first process (its identity
 * verified), its session and group and all descendants, and whatever carries the marker, with descendants. Never this process.
 */
export function treePids(root: TreeRoot): ProcessIdentity[] {
  const pids = root.cgroup?.exists() ? root.cgroup.pids() : withoutCgroup(root);
  return [...new Set(pids)].filter((pid) => pid !== process.pid && pid > 1).flatMap((pid) => identify(pid) ?? []);
}

/**
 * Signals every process of a workload, each one's identity verified right before, and scans again until no new one turns up.
 * A stopped process is continued so that it can act on the signal. SIGKILL goes through the cgroup where there is one.
 * Gives the processes that were signalled; a first process whose identity does not hold any more is never touched, and one that
 * this user may not signal (a setuid program) does not keep the others from it. `signal` is a name, real-time ones too: `SIGRTMIN+3`.
 */
export function signalTree(root: TreeRoot, signal: string): ProcessIdentity[] {
  if (signal === 'SIGKILL' && root.cgroup?.exists()) {
    const members = treePids(root);
    root.cgroup.kill();
    return members;
  }
  const seen = new Set<string>();
  const reached: ProcessIdentity[] = [];
  for (let round = 0; round < 20; round++) {
    const fresh = treePids(root).filter((member) => !seen.has(key(member)));
    if (fresh.length === 0) break;
    for (const member of fresh) {
      seen.add(key(member));
      if (trySignal(member, signal)) reached.push(member);
    }
  }
  return reached;
}

function trySignal(member: ProcessIdentity, signal: string): boolean {
  try {
    return signalOne(member, signal);
  } catch (thrown) {
    if (errno(thrown) === 'EPERM') return false;
    throw thrown;
  }
}

/** Signals one process if it is still that process. False: it is not, and nothing was done. Throws EPERM as the kernel gives it. */
export function signalOne(member: ProcessIdentity, signal: string): boolean {
  if (!isAlive(member) || !sendTo(member.pid, signalNumber(signal))) return false;
  const wakes = signal !== 'SIGKILL' && signal !== 'SIGSTOP' && signal !== 'SIGCONT';
  if (wakes && readStat(member.pid)?.state === 'T' && isAlive(member)) sendTo(member.pid, 'SIGCONT');
  return true;
}

/** Every process whose environment (as it was when it began) has a PJ_IDENTITY that starts with `prefix`. Those of other users only for root. */
export function scanMarked(prefix: string): { pid: number; identity: ProcessIdentity; marker: string }[] {
  return allPids().flatMap((pid) => {
    const marker = pid === process.pid ? undefined : readEnvironVariable(pid, MARKER);
    if (marker === undefined || !marker.startsWith(prefix)) return [];
    const identity = identify(pid);
    // Read again: between the two the pid could have been given to another.
    return identity !== undefined && readEnvironVariable(pid, MARKER) === marker ? [{ pid, identity, marker }] : [];
  });
}

/** `exited 1`, `exited 137 (SIGKILL)`; `exit unknown` when neither is known. A shell's 128 + n names the signal too. */
export function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  const number = signal === null ? code : 128 + (constants.signals[signal] ?? 0);
  if (number === null) return 'exit unknown';
  const name = signal ?? signalName(number - 128);
  return name === undefined ? `exited ${number}` : `exited ${number} (${name})`;
}

/** The kernel's number of a signal by its name, real-time ones too. Throws TypeError for what is none. */
export function signalNumber(name: string): number {
  const known = Object.entries(constants.signals).find(([one]) => one === name)?.[1];
  if (known !== undefined) return known;
  // As the C library counts, which keeps 32 and 33 for itself.
  const [, end, offset = '0'] = /^SIGRT(MIN|MAX)([+-]\d{1,2})?$/.exec(name) ?? [];
  const number = end === undefined ? 0 : (end === 'MIN' ? 34 : 64) + Number(offset);
  if (number < 34 || number > 64) throw new TypeError(`${name} is not a signal`);
  return number;
}

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

function withoutCgroup({ identity, marker }: TreeRoot): number[] {
  const leader = identity !== undefined && isAlive(identity) ? identity : undefined;
  const stats = allPids().flatMap((pid) => readStat(pid) ?? []);
  const members = new Set<number>();
  for (const stat of stats) {
    // A group or session number is not given out again while one member lives; with the leader verified it is its own.
    const inGroup = leader !== undefined && (stat.pgrp === leader.pid || stat.session === leader.pid);
    const marked = marker !== undefined && readEnvironVariable(stat.pid, MARKER) === marker;
    if (stat.pid === leader?.pid || (inGroup && startedAfter(stat, leader)) || marked) members.add(stat.pid);
  }
  addDescendants(stats, members);
  return [...members].filter((pid) => pid !== process.pid);
}

const startedAfter = (stat: ProcessStat, leader: ProcessIdentity): boolean =>
  Number(stat.startTime) >= Number(leader.startTime);

function addDescendants(stats: readonly ProcessStat[], members: Set<number>): void {
  const children = new Map<number, number[]>();
  for (const { pid, ppid } of stats) {
    const siblings = children.get(ppid);
    if (siblings) siblings.push(pid);
    else children.set(ppid, [pid]);
  }
  // This process and init are nobody's members, whatever carries the marker.
  const queue = [...members].filter((pid) => pid > 1 && pid !== process.pid);
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (members.has(child)) continue;
      members.add(child);
      queue.push(child);
    }
  }
}

const key = (member: ProcessIdentity): string => `${member.pid} ${member.startTime}`;
