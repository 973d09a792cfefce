import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PjError } from '../errors.ts';
import { errno } from './kernel-file.ts';

/**
 * Writes a file so that whoever opens `path` sees the old content or the new, never a part: a temporary file beside it, renamed.
 * `mode` (default 0o600) holds whatever the umask; `fsync` (default true) makes it survive a power cut. `sole` (default false): nobody else can be
 * writing it now, so what killed writers have left beside it goes. Throws PJ5071.
 */
export function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { mode = 0o600, fsync = true, sole = false }: { mode?: number; fsync?: boolean; sole?: boolean } = {},
): void {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  let made = false;
  try {
    if (sole) removeLeft(folder, basename(path));
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

function removeLeft(folder: string, name: string): void {
  for (const entry of readdirSync(folder))
    if (entry.startsWith(`.${name}.`) && /^[0-9a-f]{12}\.tmp$/.test(entry.slice(name.length + 2)))
      removeQuietly(join(folder, entry));
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
