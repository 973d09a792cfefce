import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { errno } from './kernel-file.ts';

/** Every pid there is now. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The environment a process was started with; empty when it is gone, a zombie, or not ours to read. */
export function readEnviron(pid: number): Record<string, string> {
  const env: Record<string, string> = {};
  for (const entry of readRaw(pid, 'environ')?.toString('utf8').split('\0') ?? []) {
    const equals = entry.indexOf('=');
    if (equals > 0) env[entry.slice(0, equals)] = entry.slice(equals + 1);
  }
  return env;
}

/** One variable of the environment a process was started with, without decoding the rest. */
export function readEnvironVariable(pid: number, name: string): string | undefined {
  const raw = readRaw(pid, 'environ');
  if (raw === undefined) return undefined;
  const wanted = Buffer.from(`${name}=`);
  for (let at = raw.indexOf(wanted); at >= 0; at = raw.indexOf(wanted, at + 1)) {
    if (at > 0 && raw[at - 1] !== 0) continue;
    const end = raw.indexOf(0, at);
    return raw.toString('utf8', at + wanted.length, end < 0 ? raw.length : end);
  }
  return undefined;
}

/** The arguments, the program's own name first; empty for a zombie, a kernel thread or none. */
export function readCmdline(pid: number): string[] {
  const text = readRaw(pid, 'cmdline')?.toString('utf8') ?? '';
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}

export interface Executable {
  path: string;
  /** What runs, which the path may no longer lead to. */
  device: number;
  inode: number;
  /** The file was deleted or replaced since the process began. */
  deleted: boolean;
}

/** The program file that a process runs; undefined when it is gone or not ours to read. */
export function readExe(pid: number): Executable | undefined {
  try {
    const link = readlinkSync(`/proc/${pid}/exe`);
    // Through the link one reaches the file that runs, though its name be gone.
    const { dev, ino } = statSync(`/proc/${pid}/exe`);
    const deleted = link.endsWith(' (deleted)');
    return { path: deleted ? link.slice(0, -' (deleted)'.length) : link, device: dev, inode: ino, deleted };
  } catch (thrown) {
    if (unreadable(thrown)) return undefined;
    throw thrown;
  }
}

function readRaw(pid: number, file: string): Buffer | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch (thrown) {
    if (unreadable(thrown)) return undefined;
    throw thrown;
  }
}

const unreadable = (thrown: unknown): boolean => ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errno(thrown) ?? '');
