import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { crashPoint } from './crash.ts';
import type { Entry } from './entry.ts';
import { readEntry } from './read-entry.ts';

/** Bytes from which on a file is written anew instead of being added to. */
const LONG = 64 * 1024;

/**
 * Writes an entry: a line more in its file, which costs a fiftieth of what a file that is renamed over another does (ext4 flushes then). A line
 * that was cut off by a kill or a full disk is no entry, so the one before it counts. The first, and one that is added to a long file, come by a
 * rename. Mode 0600.
 */
export function writeEntry(path: string, entry: Entry): void {
  const size = sizeOf(path);
  if (size > 0 && size < LONG) {
    // A line break first: the line before may have been cut off.
    appendFileSync(path, `\n${JSON.stringify(entry)}`);
    return;
  }
  writeFileSync(`${path}.tmp`, JSON.stringify(entry), { mode: 0o600 });
  crashPoint('registry:before-rename');
  renameSync(`${path}.tmp`, path);
}

/** The last whole entry in a file. Throws what reading it throws, and why the last line is none where no line is one. */
export function readEntryFile(path: string): Entry {
  const lines = readFileSync(path, 'utf8').split('\n');
  let first: unknown;
  for (const line of lines.reverse()) {
    try {
      return readEntry(line);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return 0;
  }
}
