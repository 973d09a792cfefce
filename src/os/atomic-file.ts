import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PjError } from '../errors.ts';
import { errno } from './kernel-file.ts';

/**
 * Writes a file so that whoever opens `path` sees the old content or the new, never a part: a temporary file beside it, renamed.
 * `mode` (default 0o600) holds whatever the umask; `fsync` (default true) makes it survive a power cut. Throws PJ5071.
 */
export function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { mode = 0o600, fsync = true }: { mode?: number; fsync?: boolean } = {},
): void {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  let made = false;
  try {
    const fd = openSync(temporary, 'wx', mode);
    made = true;
    try {
      fchmodSync(fd, mode);
      writeFileSync(fd, data);
      if (fsync) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    made = false;
    if (fsync) fsyncFolder(folder);
  } catch (thrown) {
    if (made) removeQuietly(temporary);
    throw new PjError('PJ5071', { path, reason: errno(thrown) ?? String(thrown) }, { cause: thrown });
  }
}

/** Makes renames and new names in a folder survive a power cut. */
export function fsyncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes what another program has written to a file survive a power cut. */
export function fsyncFile(file: string): void {
  fsyncFolder(file);
}

/** The error that brought us here is the one to tell; a left-over is found by its name. */
function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {}
}
