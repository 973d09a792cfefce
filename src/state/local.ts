import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { PjError } from '../errors.ts';
import { crashPoint } from '../os/crash-point.ts';
import { errorCode, type Fault, ioError } from './atomic-file.ts';
import { auditLog } from './audit.ts';
import type { StateStore } from './contract.ts';
import { readFiles } from './load.ts';
import { lockFile } from './lock.ts';
import { type LocalSession, openSession } from './session.ts';
import { snapshotFile } from './snapshot-file.ts';

export interface LocalStoreOptions {
  /** The project's folder; the state lies in `.pj` below it. */
  dir: string;
  pjVersion: string;
  /** @default the real time */
  now?: () => Date;
  /** Names that nobody else has. @default random UUIDs */
  random?: () => string;
  /** Who is told in locks and audit. @default the user's name */
  who?: string;
  /** Older snapshots that are kept. @default 10 */
  generations?: number;
  /** Bytes of journal after which it is folded in the middle of a run. @default 64 MiB */
  journalLimit?: number;
  /** Called between the system calls. @default crashPoint */
  fault?: Fault;
}

/** The local store, and what a backend of files can do beyond the port. */
export interface LocalStore extends StateStore {
  /** `.pj` of the project. */
  readonly folder: string;
  open(request: OpenRequest): Promise<LocalSession>;
}

type OpenRequest = Parameters<StateStore['open']>[0];

/** The state of a project in files below `.pj` (0700, files 0600). Nothing is made before `open`. */
export function localStore(options: LocalStoreOptions): LocalStore {
  const { pjVersion, now = () => new Date(), random = randomUUID, who = userName(), fault = crashPoint } = options;
  const folder = join(options.dir, '.pj');
  const journalPath = join(folder, 'journal.ndjson');
  const snapshots = snapshotFile({ folder, pjVersion, fault, generations: options.generations ?? 10 });
  const locks = lockFile({ folder, now, who, fault });
  const audit = auditLog({ path: join(folder, 'audit.ndjson'), who, host: hostname(), now });

  return {
    folder,
    async load() {
      const { snapshot, pending } = await readFiles(snapshots, journalPath, pjVersion);
      return { snapshot, pending };
    },
    holder: () => locks.holder(),
    async unlock(id) {
      const holder = await locks.unlock(id);
      // The lock is gone, which is what has to be told, whatever becomes of the line.
      await audit.append({ operation: `state unlock ${id}`, result: 'ok' }).catch(() => undefined);
      return holder;
    },
    async open(request) {
      await makeStateFolder(folder);
      const lock = await locks.acquire(request);
      try {
        const loaded = await readFiles(snapshots, journalPath, pjVersion);
        const journalLimit = options.journalLimit ?? 64 * 1024 * 1024;
        return await openSession({
          ...{ snapshots, journalPath, loaded, lock, audit, pjVersion, now, random, journalLimit, fault },
          emit: request.emit,
        });
      } catch (error) {
        // Why the state cannot be opened matters more than a lock file that stays: its holder is soon gone.
        await lock.release().catch(() => undefined);
        throw error;
      }
    },
  };
}

/** Makes `.pj` for its owner alone, with a .gitignore that keeps all of it out of version control. Throws PJ3020, PJ3021. */
export async function makeStateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const found = await lstat(folder);
    if (!found.isDirectory()) throw new PjError('PJ3021', { what: 'use', path: folder, reason: 'it is not a folder' });
    // Others may pass through (0711: a volume below it is another user's), but neither look nor write.
    if ((found.mode & 0o066) !== 0) await chmod(folder, 0o700);
    await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw ioError(error, 'make', folder);
  }
}

export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
