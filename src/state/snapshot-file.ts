import { link, readFile, stat, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Adapter, Low } from 'lowdb';
import { PjError } from '../errors.ts';
import type { Snapshot } from '../model/record.ts';
import { errorCode, type Fault, ioError, replaceFile, syncFolder } from './atomic-file.ts';
import { backupName, keepNewest, newestGoodBackup, startOf } from './backups.ts';
import { type FoldMark, parseSnapshot, type StoredState, snapshotText } from './snapshot-text.ts';

/** A snapshot as read, with the version that a write must expect. */
export interface VersionedState extends StoredState {
  /** The checksum in the file: changes with every change of its content. */
  version: string;
}

/** state.json and the generations before it. */
export interface SnapshotFile {
  readonly path: string;
  /** Undefined when there is none and never was one. Throws a PjError (3001–3004, 3008, 3021) that names the newest good backup. */
  read(): Promise<VersionedState | undefined>;
  /** Compare-and-swap, durable when it resolves: refused (PJ3011) when the file is no longer of the version expected. Gives the new version. */
  write(snapshot: Snapshot, folded: FoldMark | undefined, expected: string | undefined): Promise<string>;
}

/**
 * The snapshot in a folder, through lowdb with an adapter that replaces the file atomically. `generations` older ones stay in
 * `backups/` beside it.
 */
export function snapshotFile(options: {
  folder: string;
  pjVersion: string;
  fault: Fault;
  generations: number;
}): SnapshotFile {
  const { folder, pjVersion, fault } = options;
  const path = join(folder, 'state.json');
  const backups = join(folder, 'backups');
  let version: string | undefined;

  const adapter: Adapter<StoredState | null> = {
    async read() {
      const text = await readText(path);
      if (text === undefined) return null;
      const { checksum, ...stored } = parseSnapshot(text, { path, pjVersion, checksum: 'verified' });
      version = checksum;
      return stored;
    },
    async write(stored) {
      if (stored === null) throw new Error('lowdb writes nothing when there is no data');
      const { text, checksum } = snapshotText(stored);
      await replaceFile(path, text, { fault, point: 'snapshot', beforeRename: () => keepOld(path, backups, fault) });
      version = checksum;
      await keepNewest(backups, options.generations);
    },
  };

  return {
    path,
    async read() {
      const db = new Low<StoredState | null>(adapter, null);
      try {
        await db.read();
      } catch (error) {
        throw await withBackup(error, backups, pjVersion);
      }
      if (db.data === null) return await refuseLoss(path, backups, pjVersion);
      return { ...db.data, version: version ?? '' };
    },
    async write(snapshot, folded, expected) {
      const found = await storedVersion(path);
      if (found !== expected) throw new PjError('PJ3011', { what: `${path} was written by somebody else meanwhile` });
      const data: StoredState = { snapshot, ...(folded === undefined ? {} : { folded }) };
      await new Low<StoredState | null>(adapter, data).write();
      return version ?? '';
    },
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'read', path);
  }
}

/** The checksum in the file, from its first bytes where pj wrote them; undefined when there is no file. */
async function storedVersion(path: string): Promise<string | undefined> {
  const start = await startOf(path);
  if (start === undefined) return undefined;
  const told = /^\{\s*"checksum":\s*"([^"]*)"/.exec(start)?.[1];
  // Formatted anew by somebody: the checksum stands elsewhere.
  return told ?? /"checksum":\s*"([^"]*)"/.exec((await readText(path)) ?? '')?.[1] ?? '';
}

/** Gives the present file a second name among the backups, which costs no copy; the rename then takes its first name away. */
async function keepOld(path: string, backups: string, fault: Fault): Promise<void> {
  const now = await backupName(backups, path);
  if (now === undefined) return;
  try {
    await link(path, now);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw ioError(error, 'keep a backup as', now);
    // Left by a run that was killed just here, or the same content once more: either way it is the newest now.
    if ((await stat(now)).ino !== (await stat(path)).ino) {
      await unlink(now);
      await link(path, now);
    }
  }
  await syncFolder(backups);
  await fault('snapshot.backed-up');
}

/** The error with the advice that helps most: the newest backup that is whole. */
async function withBackup(error: unknown, backups: string, pjVersion: string): Promise<unknown> {
  if (!(error instanceof PjError) || !/^PJ300[234]$/.test(error.code)) return error;
  const good = await newestGoodBackup(backups, pjVersion);
  const advice =
    good === undefined
      ? `${error.hint} There is no whole backup in ${backups}.`
      : `It was not overwritten. The newest whole backup is ${good.path} (serial ${good.serial}, ${good.workloads} workloads): copy it to state.json.`;
  return new PjError(error.code, error.details, { advice, cause: error });
}

/** No state.json: fine in a new project, but not where one was: everything it knew would be made twice. */
async function refuseLoss(path: string, backups: string, pjVersion: string): Promise<undefined> {
  const good = await newestGoodBackup(backups, pjVersion);
  if (good === undefined || good.workloads === 0) return undefined;
  throw new PjError(
    'PJ3008',
    { path, what: `is a backup with ${good.workloads} workloads (${basename(good.path)})` },
    {
      advice: `It was not made anew, since everything it knew would be made twice. Copy ${good.path} to state.json; to begin anew, move the backups folder away.`,
    },
  );
}
