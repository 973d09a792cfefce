import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';

/** The `code` of a thrown system error (`ENOENT`), or undefined for anything else. */
export function errno(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** A file of /proc or /sys as text; undefined when it is not there, its process or cgroup has gone, or it cannot be read. */
export function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (GONE.has(errno(thrown) ?? '')) return undefined;
    throw thrown;
  }
}

/** Writes a file of /proc or /sys in one write call; gives the error code (`EBUSY`) when the kernel refuses. Never creates a file. */
export function writeKernelFile(path: string, text: string): string | undefined {
  let fd: number | undefined;
  try {
    // O_TRUNC is for the sake of ordinary files; kernfs ignores it. O_RDWR is refused for write-only files such as cgroup.kill.
    fd = openSync(path, constants.O_WRONLY | constants.O_TRUNC);
    writeSync(fd, text);
    return undefined;
  } catch (thrown) {
    const code = errno(thrown);
    if (code === undefined) throw thrown;
    return code;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The number in a kernel file; undefined for `max`, for none and where the file is not there. */
export function readNumber(path: string): number | undefined {
  const text = readKernelFile(path)?.trim();
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** The value of one key in a kernel file of `key value` lines. */
export function readKey(path: string, key: string): number | undefined {
  const text = readKernelFile(path);
  if (text === undefined) return undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith(`${key} `)) return Number(line.slice(key.length + 1));
  }
  return undefined;
}

/** Blocks this thread for some milliseconds: only for kernel work that is done in a few. */
export function pauseSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** ENOTSUP: a threaded cgroup does not tell its processes; the domain that it is in does. */
const GONE = new Set(['ENOENT', 'ESRCH', 'ENODEV', 'EACCES', 'EPERM', 'ENOTDIR', 'ENOTSUP']);
