import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errno } from '../os/kernel-file.ts';
import {
  copyFile,
  indexFile,
  type LogPosition,
  type PendingRotation,
  parsePosition,
  positionFile,
  positionText,
} from './position.ts';

/** A piece of a log in one file. `start` and `end` count from the first byte ever logged. */
export interface Segment {
  file: string;
  inode: number;
  /** Where in the file the piece begins. */
  from: number;
  start: number;
  /** Infinity for the live file, which grows. */
  end: number;
}

export interface Layout {
  /** Oldest first; the live file is the last, if it exists. */
  segments: Segment[];
  /** Bytes ever logged, as of now. */
  size: number;
  /** Equal as long as no rotation has moved anything. */
  version: string;
}

/** Which files hold which part of a log now, also in the middle of a rotation and after one that was killed. */
export function layoutOf(path: string): Layout {
  for (let attempt = 0; ; attempt++) {
    const version = layoutVersion(path);
    const layout = build(path, version);
    if (layoutVersion(path) === version || attempt === 100) return layout;
  }
}

/** Changes with every step of a rotation that moves bytes from one place to another. */
export function layoutVersion(path: string): string {
  const text = positionText(path);
  const { pending } = parsePosition(text);
  if (pending === undefined) return text;
  return `${text}${statOf(copyFile(path)) === undefined ? '' : ' copying'}${hasToken(path, pending) ? ' stamped' : ''}`;
}

/** The numbers of the rotated files that exist, ascending: 1 is the youngest. */
export function rotatedNumbers(path: string): number[] {
  const prefix = `${basename(path)}.`;
  return names(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,8}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
}

/** Every file that belongs to a log, those that exist: for whoever removes it. */
export function logFiles(path: string): string[] {
  const all = [path, ...rotatedNumbers(path).map((n) => `${path}.${n}`)];
  return [...all, positionFile(path), copyFile(path), indexFile(path)].filter((file) => statOf(file) !== undefined);
}

/** True when the live file begins with the token: it has been marked and has not shrunk yet. */
export function hasToken(path: string, pending: PendingRotation): boolean {
  try {
    const fd = openSync(path, 'r');
    try {
      const head = Buffer.alloc(pending.token.length);
      return readSync(fd, head, 0, head.length, 0) === head.length && head.toString('latin1') === pending.token;
    } finally {
      closeSync(fd);
    }
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

/** Where the live file stands when a pending rotation is thought to its end, and from which of its bytes on it counts. */
export function settled(path: string, position: LogPosition): LogPosition {
  const { base, hole, pending } = position;
  const live = statOf(path);
  if (pending !== undefined && statOf(copyFile(path)) === undefined) {
    if (live !== undefined && live.ino !== pending.inode) return { base: base + pending.end, hole: 0 };
    const shrunk = pending.how !== 'punch' && pending.stamped && !hasToken(path, pending);
    if (!shrunk) return { base, hole: pending.end };
    // A truncation took what came after the copy too; the rotated file has all of it.
    const rotated = statOf(`${path}.1`)?.size ?? pending.end - hole;
    return { base: pending.how === 'truncate' ? base + hole + rotated : base + pending.end, hole: 0 };
  }
  // Somebody emptied the file by hand: what is in it now comes after all that was.
  return live !== undefined && live.size < hole ? { base: base + hole, hole: 0 } : { base, hole };
}

function build(path: string, version: string): Layout {
  const position = parsePosition(positionText(path));
  const { base, hole } = settled(path, position);
  const live = statOf(path);
  // While a truncation is under way the youngest file gets a tail that the live file still has too.
  const { pending } = position;
  const youngest = pending !== undefined && hole === pending.end ? pending.end - position.hole : undefined;
  const segments: Segment[] = [];
  let start = base + hole;
  const seen = new Set<number>();
  // Files only ever move to the next higher number, so that going upward none is missed; one that moves is met twice.
  const highest = (rotatedNumbers(path).at(-1) ?? 0) + 1;
  for (let n = 1; n <= highest; n++) {
    const file = `${path}.${n}`;
    const stat = statOf(file);
    if (stat === undefined || seen.has(stat.ino)) continue;
    seen.add(stat.ino);
    const size = Math.min(stat.size, (segments.length === 0 ? youngest : undefined) ?? stat.size);
    segments.unshift({ file, inode: stat.ino, from: 0, start: start - size, end: start });
    start -= size;
  }
  if (live !== undefined) {
    segments.push({ file: path, inode: live.ino, from: hole, start: base + hole, end: Number.POSITIVE_INFINITY });
  }
  return { segments, size: base + Math.max(hole, live?.size ?? 0), version };
}

export function statOf(file: string): { size: number; ino: number; mtimeMs: number } | undefined {
  try {
    return statSync(file);
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(join(folder));
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
