import { appendFileSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '../os/atomic-file.ts';
import { errno } from '../os/kernel-file.ts';
import { layoutOf, statOf } from './layout.ts';
import { indexFile } from './position.ts';

/** One line of the index: at `time` (ms since 1970) the log had `size` bytes, counted from the first ever. */
export interface IndexEntry {
  time: number;
  size: number;
}

/** Bytes after which the older half of an index is dropped: some 4,000 entries. */
const MAX_INDEX = 128 << 10;

/**
 * Notes how long a log is now, if it has grown since the last note. Workloads write no times, so this is how `--since` finds
 * its place: called every second, it is right to one second, and early rather than late where it was not called for a while.
 * Costs two stats when nothing was written. `now` is in ms since 1970.
 */
export function appendTimeIndex(path: string, now: number): void {
  const live = statOf(path);
  if (live === undefined) return;
  const file = indexFile(path);
  const index = statOf(file);
  if (index !== undefined && live.mtimeMs < index.mtimeMs) return;
  const { size } = layoutOf(path);
  const last = index === undefined ? undefined : readTimeIndex(path).at(-1);
  if (last !== undefined && last.size === size) return;
  if (index !== undefined && index.size > MAX_INDEX) {
    const kept = readTimeIndex(path);
    writeFileAtomic(
      file,
      kept
        .slice(kept.length >> 1)
        .map(line)
        .join(''),
      { fsync: false },
    );
  }
  appendFileSync(file, line({ time: now, size }), { mode: 0o600 });
}

/** Oldest first; empty where there is none. A torn last line and anything else that is no entry is left out. */
export function readTimeIndex(path: string): IndexEntry[] {
  try {
    const lines = readFileSync(indexFile(path), 'utf8').split('\n');
    return lines.slice(0, -1).flatMap((text) => {
      const match = /^(\d{1,15}) (\d{1,15})$/.exec(text);
      return match ? [{ time: Number(match[1]), size: Number(match[2]) }] : [];
    });
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

/** Where reading has to begin so that nothing written at `since` (ms) or later is left out. */
export function positionAt(index: readonly IndexEntry[], since: number): number {
  const next = index.findIndex((entry) => entry.time >= since);
  // What came between two notes may have come at any time between them.
  const before = next < 0 ? index.at(-1) : index[next - 1];
  return before?.size ?? 0;
}

/** When the byte that ends at `position` was there at the latest; Infinity when no note says. */
export function timeOf(index: readonly IndexEntry[], position: number): number {
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((index[middle]?.size ?? 0) >= position) high = middle;
    else low = middle + 1;
  }
  return index[low]?.time ?? Number.POSITIVE_INFINITY;
}

const line = ({ time, size }: IndexEntry): string => `${time} ${size}\n`;
