import { open } from 'node:fs/promises';
import { PjError } from '../errors.ts';
import { errno } from '../os/kernel-file.ts';
import { type Layout, layoutOf, layoutVersion } from './layout.ts';

/** What stands at a place in a log. `gone`: it was rotated away (or emptied by hand); reading goes on at `next`. */
export type Read = { data: Buffer } | { gone: true; next: number } | { end: true };

/** Which files hold what, kept from one read to the next as long as no rotation has moved anything. */
export interface LayoutMemory {
  layout?: Layout | undefined;
}

/**
 * Reads up to `length` bytes at a position counted from the first byte ever logged, wherever they stand now. A rotation that
 * moves them meanwhile is noticed and the read is done anew. Throws PJ5081.
 */
export async function readAt(path: string, position: number, length: number, memory: LayoutMemory = {}): Promise<Read> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const kept = memory.layout;
    const layout = kept !== undefined && layoutVersion(path) === kept.version ? kept : layoutOf(path);
    const found = await attemptRead(path, position, length, layout);
    // Only data proves that what was remembered still holds: a file could have been removed or emptied by hand.
    memory.layout = found !== undefined && 'data' in found ? layout : undefined;
    if (found !== undefined && ('data' in found || layout !== kept)) return found;
  }
  throw new PjError('PJ5081', { path, reason: 'it is rotated faster than it can be read' });
}

/** Undefined: something moved meanwhile. */
async function attemptRead(
  path: string,
  position: number,
  length: number,
  { segments, version }: Layout,
): Promise<Read | undefined> {
  try {
    const [first] = segments;
    if (first === undefined) return { end: true };
    if (position < first.start) return { gone: true, next: first.start };
    const segment = segments.find((s) => position >= s.start && position < s.end);
    if (segment === undefined) return { end: true };
    const file = await open(segment.file, 'r');
    try {
      const { ino, size } = await file.stat();
      if (ino !== segment.inode) return undefined;
      const at = position - segment.start + segment.from;
      const wanted = Math.min(length, segment.end - position);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
      if (layoutVersion(path) !== version) return undefined;
      if (bytesRead > 0) return { data: buffer.subarray(0, bytesRead) };
      // Shorter than where we are: somebody emptied it, and what comes now is new.
      return size < at ? { gone: true, next: segment.start } : { end: true };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return undefined;
    if (thrown instanceof PjError) throw thrown;
    throw new PjError('PJ5081', { path, reason: errno(thrown) ?? String(thrown) }, { cause: thrown });
  }
}
