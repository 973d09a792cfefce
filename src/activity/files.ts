import { randomBytes } from 'node:crypto';
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Where what happens to a project is kept: one JSON object a line. Command and agent append to it, each line in one write. */
export const activityFile = (project: string): string => join(project, '.pj', 'events.ndjson');

/** Bytes after which the file is put aside and another one begun, and how many of those put aside are kept. */
export const ROTATION = { maxSize: 8 << 20, keep: 3 } as const;

/** Those that were put aside, oldest first: PATH.N-RANDOM, N counts up. `after`: only those with a number above. */
export function putAside(path: string, after = 0): string[] {
  const prefix = `${basename(path)}.`;
  const numbered = names(dirname(path)).flatMap((name) => {
    const number = name.startsWith(prefix) ? numberOf(name) : 0;
    return number > after ? [{ name, number }] : [];
  });
  numbered.sort((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
  return numbered.map(({ name }) => join(dirname(path), name));
}

/** The N of a file that was put aside; 0 for any other. */
export const numberOf = (path: string): number => Number(/\.(\d{1,9})-[0-9a-f]+$/.exec(path)?.[1] ?? 0);

/**
 * Where an open file stands in the order of them: those put aside with a number above it, itself left out, are younger. `known`: what it was when it was
 * opened, which holds when the file has been removed since.
 */
export function placeOf(path: string, inode: number, known?: number): number {
  const aside = putAside(path);
  const own = aside.find((one) => statSync(one, { throwIfNoEntry: false })?.ino === inode);
  return own === undefined ? (known ?? numberOf(aside.at(-1) ?? '')) : numberOf(own);
}

/**
 * Puts the file aside where it is still the one (`inode`) that was seen to be too long. No lock: each writer renames to a name that nobody else takes, so
 * that whoever comes second finds another file and nothing is written over. Throws what the file system throws.
 */
export function rotateActivity(path: string, inode: number, keep: number = ROTATION.keep): void {
  const last = numberOf(putAside(path).at(-1) ?? '');
  if (statSync(path, { throwIfNoEntry: false })?.ino !== inode) return;
  renameSync(path, `${path}.${last + 1}-${randomBytes(4).toString('hex')}`);
  for (const old of putAside(path).slice(0, -keep || undefined)) rmSync(old, { force: true });
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
