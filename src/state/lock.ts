import { randomUUID } from 'node:crypto';
import { link, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PjError } from '../errors.ts';
import type { Listener } from '../model/event.ts';
import { errorCode, type Fault, ioError } from './atomic-file.ts';
import type { LockInfo } from './contract.ts';
import { holderName, isDead, readLockFile, type SeenLock, selfAsHolder } from './lock-holder.ts';

/** A lock that this process holds. */
export interface Lock {
  readonly info: LockInfo;
  /** False once somebody took it away. */
  isMine(): Promise<boolean>;
  /** Gives it back. Leaves what is not its own alone. */
  release(): Promise<void>;
}

/**
 * The lock of a state folder.
 *
 * `lock.json` is made by link(2) from a file written before, so it is never half written. Whoever wants to change or remove a
 * lock.json that is there, be it its holder or one who takes over from the dead, first makes `lock.ID.claim` for the id that stands in
 * it, by link(2) as well, and looks again whether lock.json still says that id. Ids are never used twice, so exactly one process can pass. A claim
 * whose maker died is taken over in the same way, by a claim on the claim.
 */
export interface LockFile {
  /** Who holds it now; undefined when it is free or its holder is dead. */
  holder(): Promise<LockInfo | undefined>;
  /** Takes it, waiting up to lockTimeout seconds. Throws PJ3010 (held; exit 6), PJ3013 (interrupted). */
  acquire(options: { operation: string; lockTimeout: number; emit: Listener; signal: AbortSignal }): Promise<Lock>;
  /** Removes the lock of that id, whoever holds it. Throws PJ3012 when there is none of that id. */
  unlock(id: string): Promise<LockInfo>;
}

/** Milliseconds between two looks at a lock that is held: doubles from the first to the last. */
const POLL = { first: 20, last: 1000 };
/** Milliseconds until a wait is told again: doubles each time. */
const TELL_AGAIN = 10_000;
/** A chain of this many processes that each died in the moment of a takeover does not happen. */
const MAX_CLAIMS = 100;

export function lockFile(options: { folder: string; now: () => Date; who: string; fault: Fault }): LockFile {
  const { folder, now, fault } = options;
  const path = join(folder, 'lock.json');
  const claimPath = (id: string): string => join(folder, `lock.${id}.claim`);

  /** Writes `info` to a file of its own, whole, that can be linked to where it is to count. */
  const token = async (info: LockInfo): Promise<string> => {
    const file = join(folder, `lock.${info.id}.tmp`);
    try {
      await writeFile(file, `${JSON.stringify(info)}\n`, { mode: 0o600, flag: 'wx', flush: true });
    } catch (error) {
      await removeFile(file);
      throw ioError(error, 'write the lock', path);
    }
    await fault('lock.written');
    return file;
  };

  /** False when there is a file of that name already. */
  const place = async (file: string, target: string): Promise<boolean> => {
    try {
      await link(file, target);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw ioError(error, 'make', target);
    }
    await fault('lock.linked');
    return true;
  };

  /** The lock and every claim on it, in the order they were made: the last one decides. */
  const chain = async (): Promise<SeenLock[]> => {
    const seen: SeenLock[] = [];
    for (let file = path; ; file = claimPath(seen.at(-1)?.id ?? '')) {
      const one = await readLockFile(file);
      if (one === undefined) return seen;
      seen.push(one);
      if (seen.length > MAX_CLAIMS)
        throw new PjError('PJ3021', { what: 'read the lock', path, reason: 'too many claims' });
    }
  };

  /**
   * Runs `change` on lock.json when the one named in `file` may: it gets the claim on the last of `seen`, and lock.json still is
   * the first of it. False when somebody else was faster.
   */
  const claimed = async (file: string, seen: SeenLock[], change: () => Promise<void>): Promise<boolean> => {
    const [first, last] = [seen[0], seen.at(-1)];
    if (first === undefined || last === undefined) return false;
    if (!(await place(file, claimPath(last.id)))) return false;
    try {
      const still = await readLockFile(path);
      if (still?.id !== first.id) return false;
      await change();
      await fault('lock.changed');
      // From here on lock.json does not say the old ids any more, so older claims bind nobody.
      for (const { id } of seen.slice(0, -1).reverse()) await removeFile(claimPath(id));
      return true;
    } finally {
      await removeFile(claimPath(last.id));
    }
  };

  /** Makes lock.json, or takes the place of the dead one in `seen`. Undefined when somebody else was faster. */
  const take = async (me: LockInfo, seen: SeenLock[]): Promise<Lock | undefined> => {
    const mine = await token(me);
    let release: string | undefined;
    let lock: Lock | undefined;
    try {
      // Written now, so that the lock can be given back on a full disk.
      release = await token({ ...me, id: randomUUID() });
      const taken = seen.length === 0 ? await place(mine, path) : await claimed(mine, seen, () => rename(mine, path));
      if (!taken) return undefined;
      lock = held(me, release);
      // A file too many does no harm, and may go this very moment.
      await tidy(folder).catch(() => undefined);
      return lock;
    } finally {
      await removeFile(mine);
      if (lock === undefined && release !== undefined) await removeFile(release);
    }
  };

  const held = (info: LockInfo, releaseFile: string): Lock => ({
    info,
    async isMine() {
      return (await readLockFile(path))?.id === info.id && (await readLockFile(claimPath(info.id))) === undefined;
    },
    async release() {
      const seen = await chain();
      if (seen.length === 1 && seen[0]?.id === info.id) await claimed(releaseFile, seen, () => removeFile(path));
      await removeFile(releaseFile);
    },
  });

  return {
    async holder() {
      const last = (await chain()).at(-1);
      return last?.info === undefined || isDead(last) ? undefined : last.info;
    },

    async acquire({ operation, lockTimeout, emit, signal }) {
      const begun = performance.now();
      let told = { whom: '', next: 0, gap: TELL_AGAIN };
      for (let pause = POLL.first; ; pause = Math.min(pause * 2, POLL.last)) {
        const me: LockInfo = {
          id: randomUUID(),
          who: options.who,
          ...selfAsHolder(),
          operation,
          at: now().toISOString(),
        };
        const seen = await chain();
        const last = seen.at(-1);
        if (last === undefined) {
          const lock = await take(me, seen);
          if (lock !== undefined) return lock;
          pause = POLL.first;
          continue;
        }
        const holder = {
          holder: holderName(last),
          since: last.info?.at ?? 'unknown',
          operation: last.info?.operation ?? 'unknown',
        };
        if (isDead(last)) {
          const lock = await take(me, seen);
          if (lock !== undefined) {
            emit({ type: 'lock_taken_over', ...holder });
            return lock;
          }
          pause = POLL.first;
          if (performance.now() - begun < 1000) continue;
        }
        const waited = performance.now() - begun;
        if (signal.aborted) throw new PjError('PJ3013', holder);
        if (waited >= lockTimeout * 1000) throw heldError(last, holder, lockTimeout);
        // Not by id: while it is given back the lock has the same holder under another one.
        const whom = `${holder.holder} ${holder.since}`;
        if (told.whom !== whom) told = { whom, next: waited, gap: TELL_AGAIN };
        if (waited >= told.next) {
          emit({ type: 'lock_waiting', ...holder });
          told = { ...told, next: waited + told.gap, gap: told.gap * 2 };
        }
        await sleep(Math.min(pause * (0.75 + Math.random() / 2), lockTimeout * 1000 - waited), signal);
      }
    },

    async unlock(id) {
      for (let attempt = 0; attempt < 20; attempt += 1) {
        const seen = await chain();
        const [first, last] = [seen[0], seen.at(-1)];
        if (first === undefined || last === undefined) throw new PjError('PJ3012', { id, what: 'nobody holds it' });
        // The claims on a lock are part of it: any of the ids names it.
        const named = seen.find((one) => one.id === id);
        if (named === undefined)
          throw new PjError('PJ3012', { id, what: `the lock is ${last.id}, held by ${holderName(last)}` });
        const me: LockInfo = {
          id: randomUUID(),
          who: options.who,
          ...selfAsHolder(),
          operation: 'unlock',
          at: now().toISOString(),
        };
        // Somebody is changing it this very moment: let them end.
        const busy = seen.length > 1 && !isDead(last);
        if (!busy) {
          const file = await token(me);
          try {
            if (await claimed(file, seen, () => removeFile(path))) return last.info ?? { ...me, id };
          } finally {
            await removeFile(file);
          }
        }
        await sleep(POLL.first, new AbortController().signal);
      }
      throw new PjError('PJ3012', { id, what: 'it changed hands while it was being removed' });
    },
  };
}

function heldError(
  last: SeenLock,
  holder: { holder: string; since: string; operation: string },
  waited: number,
): PjError {
  const wait = waited > 0 ? `Waited ${waited} s. Wait longer` : 'Wait for it, or give --lock-timeout SECONDS';
  const advice = `${wait}; only when you are sure that it does not run any more: pj state unlock ${last.id}`;
  return new PjError('PJ3010', { ...holder, id: last.id }, { advice });
}

/** Removes what killed processes left: claims on locks that are gone and temporary files, a minute old and older. */
async function tidy(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^(lock\..*\.claim|(lock|state|journal)\..*\.tmp)$/.test(name)) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > 60_000) await removeFile(join(folder, name));
  }
}

async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw ioError(error, 'remove', path);
  });
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
