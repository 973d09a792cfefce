import { randomBytes } from 'node:crypto';
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Where what happens to a project is kept: one JSON object a line. Command and agent append to it, each line in one write. */
export const activityFile = (project: string): string => join(project, '.pj', 'events.ndjson');

/** Bytes after which the file is put aside and another one begun, and how many of those put aside are kept. */
export const ROTATION = { maxSize: 8 << 20, keep: 3 } as const;

/** Those that were put aside, oldest first: PATH.N-RANDOM, N counts up. */
export function putAside(path: string): string[] {
  const prefix = `${basename(path)}.`;
  const numbered = names(dirname(path)).flatMap((name) => {
    const match = name.startsWith(prefix) ? /^(\d{1,9})-[0-9a-f]+$/.exec(name.slice(prefix.length)) : null;
    return match === null ? [] : [{ name, number: Number(match[1]) }];
  });
  numbered.sort((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
  return numbered.map(({ name }) => join(dirname(path), name));
}

/**
 * Puts the file aside where it is still the one (`inode`) that was seen to be too long. No lock: each writer renames to a name that nobody else takes, so
 * that whoever comes second finds another file and nothing is written over. Throws what the file system throws.
 */
export function rotateActivity(path: string, inode: number, keep: number = ROTATION.keep): void {
  const before = putAside(path);
  const last = /\.(\d+)-[0-9a-f]+$/.exec(before.at(-1) ?? '')?.[1];
  if (statSync(path, { throwIfNoEntry: false })?.ino !== inode) return;
  renameSync(path, `${path}.${Number(last ?? 0) + 1}-${randomBytes(4).toString('hex')}`);
  for (const old of putAside(path).slice(0, -keep || undefined)) rmSync(old, { force: true });
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
