import { mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, ioError } from './atomic-file.ts';
import { parseSnapshot } from './snapshot-text.ts';

/** A backup that can be put back. */
export interface GoodBackup {
  path: string;
  serial: number;
  workloads: number;
}

/**
 * The name that the state file at `path` gets among the backups: when it was written, then its serial, so that names sort
 * by age. Makes the folder (0700). Undefined when there is no file to keep.
 */
export async function backupName(backups: string, path: string): Promise<string | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    const serial = /"serial":\s*(\d+)/.exec((await startOf(path)) ?? '')?.[1] ?? '0';
    await mkdir(backups, { recursive: true, mode: 0o700 });
    return join(backups, `${new Date(mtimeMs).toISOString().replaceAll(/[-:.]/g, '')}-serial${serial}.json`);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'keep a backup in', backups);
  }
}

/** Removes all but the newest ones. */
export async function keepNewest(backups: string, count: number): Promise<void> {
  for (const name of (await names(backups)).slice(count)) {
    // One that cannot be removed does no harm, while failing here would call a state unwritten that is written.
    await unlink(join(backups, name)).catch(() => undefined);
  }
}

/** The newest backup that reads and verifies, or undefined. */
export async function newestGoodBackup(backups: string, pjVersion: string): Promise<GoodBackup | undefined> {
  for (const name of await names(backups)) {
    const path = join(backups, name);
    try {
      const { snapshot } = parseSnapshot(await readFile(path, 'utf8'), { path, pjVersion, checksum: 'verified' });
      return { path, serial: snapshot.serial, workloads: Object.keys(snapshot.workloads).length };
    } catch {
      // Damaged as well: an older one may do.
    }
  }
  return undefined;
}

/** The first 512 bytes of a state file: its checksum and serial stand there. Undefined when there is no file. */
export async function startOf(path: string): Promise<string | undefined> {
  try {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'read', path);
  }
}

/** Newest first. */
async function names(backups: string): Promise<string[]> {
  try {
    return (await readdir(backups))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .reverse();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw ioError(error, 'read', backups);
  }
}
