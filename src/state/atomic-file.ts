import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PjError } from '../errors.ts';

/** Called at named places between two system calls, so that a test can kill the process or fail the call just there. */
export type Fault = (point: string) => void | Promise<void>;

/**
 * Replaces a file whole, or not at all: a temporary file of its own name beside it (0600) is written and fsynced, then
 * renamed over it, then the folder is fsynced. `beforeRename` runs when the new content is safe on disk. Throws a PjError
 * (disk full, or the reason); the temporary file is then gone.
 */
export async function replaceFile(
  path: string,
  text: string | Uint8Array,
  options: { fault?: Fault; point?: string; beforeRename?: () => Promise<void> } = {},
): Promise<void> {
  const { fault = () => undefined, point = 'file' } = options;
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx', 0o600);
    await fault(`${point}.created`);
    await handle.writeFile(text);
    await fault(`${point}.written`);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await fault(`${point}.synced`);
    await options.beforeRename?.();
    await rename(temporary, path);
    await fault(`${point}.renamed`);
    await syncFolder(dirname(path));
    await fault(`${point}.durable`);
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw ioError(error, 'write', path);
  }
}

/** Makes renames, links and removals in a folder durable. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The error of a system call as one that people can act on; a PjError stays what it is. */
export function ioError(error: unknown, what: string, path: string): PjError {
  if (error instanceof PjError) return error;
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new PjError('PJ3020', { path }, { cause: error });
  return new PjError('PJ3021', { what, path, reason: reasonOf(error) }, { cause: error });
}

/** The `code` of a system error: `ENOENT`, …; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports an input/output error',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EMFILE: 'too many open files',
  EFBIG: 'the file would be larger than the limit (ulimit -f)',
};

/** Why a call failed, for people. */
export function reasonOf(error: unknown): string {
  const known = REASONS[errorCode(error) ?? ''];
  return known ?? (error instanceof Error ? error.message : String(error));
}
