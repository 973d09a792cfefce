import { existsSync, readFileSync } from 'node:fs';
import { identify, isAlive, type ProcessIdentity } from '../../../../os/identity.ts';
import { readKernelFile } from '../../../../os/kernel-file.ts';
import { readExe, readStat } from '../../../../os/process.ts';
import { filesOf } from '../place.ts';

/** Who runs in a container. */
export interface RunFile {
  /** Its pid 1, as this host knows it. */
  init: ProcessIdentity;
  /** The user's program: LXC's own small init has started it. The same as `init` where a whole system runs. Absent: it ended before it was seen. */
  program?: ProcessIdentity;
}

/** LXC's rules for the name of the socket on which it takes commands for a container that runs. */
const SPACE = 107;

/** Which containers run, from one look at the kernel's list of sockets. */
export function runningIn(lxcPath: string): (name: string) => boolean {
  const sockets = new Set(
    (readKernelFile('/proc/net/unix') ?? '').split('\n').flatMap((line) => / @(.*\/command)$/.exec(line)?.[1] ?? []),
  );
  return (name) => {
    const full = `${lxcPath}/${name}/command`;
    return sockets.has(Buffer.byteLength(full) < SPACE ? full : `lxc/${fnv(`${lxcPath}/${name}`)}/command`);
  };
}

/** The hash that stands for a path that is too long (FNV-1a, 64 bits). */
function fnv(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}

/** Who runs, where that is known and still true. */
export function whoRuns(dir: string): RunFile | undefined {
  const { run } = filesOf(dir);
  if (!existsSync(run)) return undefined;
  const file = JSON.parse(readFileSync(run, 'utf8')) as RunFile;
  return isAlive(file.init) ? file : undefined;
}

/** Whether something still waits to write down the exit code of a container. Where not, the code is there now, or will never be. */
export function isAwaited(dir: string): boolean {
  const { exit, waiter } = filesOf(dir);
  const pid = readKernelFile(waiter)?.trim() ?? '';
  // The pid may have gone to somebody else since.
  const lives = pid !== '' && (readKernelFile(`/proc/${pid}/cmdline`) ?? '').split('\0').includes(exit);
  return lives && !existsSync(exit);
}

/** The pid 1 among the processes of a container. */
export const initAmong = (pids: readonly number[]): number | undefined =>
  pids.find((pid) => numbersOf(pid).join() === `${pid},1`);

/** The pid 1 among the processes of a container, and the program that it started, if that has come so far. */
export function programAmong(pids: readonly number[], system: boolean): RunFile | undefined {
  const initPid = initAmong(pids);
  const init = initPid === undefined ? undefined : identify(initPid);
  if (init === undefined) return undefined;
  if (system) return exeOf(init.pid) === undefined ? undefined : { init, program: init };
  const children = pids.filter((pid) => readStat(pid)?.ppid === init.pid);
  // The first that it starts; what is left by others comes to it later.
  const child = children.find((pid) => numbersOf(pid).join() === `${pid},2`);
  if (child === undefined) return children.length === 0 ? undefined : { init };
  // Between fork and exec it still is LXC's init.
  if (exeOf(child) === undefined || exeOf(child) === exeOf(init.pid)) return undefined;
  const program = identify(child);
  return program === undefined ? undefined : { init, program };
}

/** The pids of a process in the namespaces from ours down to its own. */
const numbersOf = (pid: number): number[] =>
  (/^NSpid:\s+(.*)$/m.exec(readKernelFile(`/proc/${pid}/status`) ?? '')?.[1] ?? '').split(/\s+/).map(Number);

function exeOf(pid: number): string | undefined {
  const exe = readExe(pid);
  return exe === undefined ? undefined : `${exe.device}:${exe.inode}`;
}
