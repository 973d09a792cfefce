import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since the boot, as text (it may exceed 2^53). */
  startTime: string;
  /** /proc/sys/kernel/random/boot_id: changes with every boot. */
  bootId: string;
}

/** What /proc/PID/stat tells of a process. */
interface ProcessStat {
  /** One letter: R, S, D, Z, … */
  state: string;
  startTime: string;
}

/**
 * Who the process with that pid is now. Undefined when there is none, or when it has ended and only waits for its parent
 * (zombie). Never throws. `proc` is where procfs is mounted.
 */
export function identify(pid: number, proc = '/proc'): ProcessIdentity | undefined {
  const stat = readStat(pid, proc);
  if (stat === undefined || hasEnded(stat.state)) return undefined;
  const boot = bootId(proc);
  return boot === undefined ? undefined : { pid, startTime: stat.startTime, bootId: boot };
}

/**
 * True when exactly that process still runs: same boot, same pid, same start time, not a zombie. A process that the kernel
 * hides from us (hidepid) counts as alive, since its end cannot be proved.
 */
export function isAlive(identity: ProcessIdentity, proc = '/proc'): boolean {
  if (bootId(proc) !== identity.bootId) return false;
  const stat = readStat(identity.pid, proc);
  if (stat === undefined) return isHidden(identity.pid);
  return stat.startTime === identity.startTime && !hasEnded(stat.state);
}

/** This process. Throws when /proc is not mounted: without it nothing can be told apart. */
export function selfIdentity(): ProcessIdentity {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('cannot read /proc/self/stat: pj needs procfs mounted on /proc');
  return self;
}

/** The id of this boot, or undefined without procfs. */
export function bootId(proc = '/proc'): string | undefined {
  try {
    return readFileSync(`${proc}/sys/kernel/random/boot_id`, 'latin1').trim();
  } catch {
    return undefined;
  }
}

const hasEnded = (state: string): boolean => state === 'Z' || state === 'X' || state === 'x';

function readStat(pid: number, proc: string): ProcessStat | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  let text: string;
  try {
    text = readFileSync(`${proc}/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses, and may itself hold spaces and parentheses: count from the last one.
  const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [rest[0], rest[19]];
  return state === undefined || startTime === undefined ? undefined : { state, startTime };
}

/** kill(pid, 0) refused with EPERM: it exists, but /proc does not show it to us. */
function isHidden(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
