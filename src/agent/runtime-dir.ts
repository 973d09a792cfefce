import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { PjError } from '../errors.ts';

/** The kernel's limit for the path of a unix socket, in bytes. */
const SOCKET_PATH_MAX = 107;

/** Where the agent of a project puts what is gone after a reboot. */
export interface RuntimeDir {
  /** Folder of this project alone, mode 0700. */
  dir: string;
  socket: string;
}

/** A project's own name in shared folders: 16 hex digits of the hash of its real path. */
export function projectHash(project: string): string {
  let path = resolve(project);
  try {
    path = realpathSync(path);
  } catch {
    // A project that is not there yet is named by the path that it will have.
  }
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

/** The short form of that name, for cgroups and marks. */
export function placeOf(project: string): string {
  return projectHash(project).slice(0, 12);
}

/**
 * Where the agent's socket belongs: below XDG_RUNTIME_DIR when that is set and the path is short enough for a socket, else in a
 * folder of the user's own below the temporary directory. `room`: the bytes of the longest path below it. Creates nothing.
 */
export function runtimeDir(
  project: string,
  env: Record<string, string | undefined>,
  uid: number,
  room = '/agent.sock'.length,
): RuntimeDir {
  const hash = projectHash(project);
  const own = `pj-${uid}`;
  const candidates = [join(tmpdir(), own, hash), join('/tmp', own, hash)];
  if (env['XDG_RUNTIME_DIR']?.startsWith('/')) candidates.unshift(join(env['XDG_RUNTIME_DIR'], 'pj', hash));
  const fits = candidates.find((dir) => Buffer.byteLength(dir) + room <= SOCKET_PATH_MAX);
  const dir = fits ?? join('/tmp', own, hash);
  return { dir, socket: join(dir, 'agent.sock') };
}

/**
 * Throws PJ5202 unless the folder is a real one (no symbolic link), belongs to this user and nobody else may enter it. Gives false
 * where there is none.
 */
export function verifyPrivate(dir: string, uid: number): boolean {
  const stat = lstatSync(dir, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  const refuse = (problem: string): never => {
    throw new PjError('PJ5202', { path: dir, problem });
  };
  if (!stat.isDirectory()) refuse('it is not a folder');
  if (stat.uid !== uid) refuse(`it belongs to uid ${stat.uid}, not to you (uid ${uid})`);
  if ((stat.mode & 0o077) !== 0) refuse(`others may use it (mode ${(stat.mode & 0o777).toString(8)}, should be 700)`);
  return true;
}

/** Makes the folder and the one above it with mode 0700, and verifies both. Throws PJ5202. */
export function makeRuntimeDir(dir: string, uid: number): void {
  for (const path of [dirname(dir), dir]) {
    try {
      mkdirSync(path, { mode: 0o700, recursive: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') mkdirSync(path, { mode: 0o700, recursive: true });
      else if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    verifyPrivate(path, uid);
  }
}

/** Removes the folder, and the one above it when no other project is in it. */
export function removeRuntimeDir(dir: string): void {
  for (const path of [dir, dirname(dir)]) {
    try {
      rmdirSync(path);
    } catch {
      return; // Not empty or gone: another project's agent is there, or it is done.
    }
  }
}
