import { randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, ftruncateSync, openSync, renameSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PjError } from '../errors.ts';
import { fsyncFolder } from '../os/atomic-file.ts';
import { crashPoint } from '../os/crash-point.ts';
import { errno } from '../os/kernel-file.ts';
import { findTools, type Tools } from '../os/tools.ts';
import { hasToken, rotatedNumbers, settled, statOf } from './layout.ts';
import {
  copyFile,
  type LogPosition,
  type PendingRotation,
  parsePosition,
  positionText,
  type Shrink,
  writePosition,
} from './position.ts';
import { bestShrink, collapseStamped, punch } from './shrink.ts';

export interface RotateOptions {
  /** The live log, which another process holds open for append. */
  path: string;
  /** Bytes; it is rotated when there are more. */
  maxSize: number;
  /** Rotated files to keep beside the live one: PATH.1 is the youngest. 0 throws the old output away. */
  maxFiles: number;
  /** Default: looked up. */
  tools?: Tools;
}

export type Rotated = 'none' | 'collapsed' | 'punched' | 'truncated';

const DONE: Record<Shrink, Rotated> = { collapse: 'collapsed', punch: 'punched', truncate: 'truncated' };
const CHUNK = 1 << 20;

/**
 * Moves a log's old part to PATH.1 (and PATH.1 to PATH.2, …) while its writer goes on appending, and first finishes a rotation
 * that was killed. No line is lost or doubled, at whatever instant this is killed:
 *  1. the part is copied to PATH.rot; 2. the intent is noted in PATH.rotation; 3. PATH.rot becomes PATH.1; 4. the live file is
 *  marked with a token, which is noted; 5. the kernel takes the part out of the live file; 6. the note is cleared.
 * `collapsed`: the file shrank (ext4, xfs). `punched`: its disk space was given back, it looks as large as before and
 * begins with zeros (tmpfs, btrfs, …). `truncated`: neither is possible; what is written within the same instant (µs) is lost.
 * One call at a time for one path. Throws PJ5080; the log is whole then.
 */
export async function rotate(options: RotateOptions): Promise<Rotated> {
  const { path, maxSize, maxFiles } = options;
  try {
    let position = parsePosition(positionText(path));
    const tools = (): Tools => options.tools ?? findTools();
    let outcome: Rotated = 'none';
    if (position.pending !== undefined) {
      outcome = await finish(path, position, position.pending, maxFiles, tools());
      position = parsePosition(positionText(path));
    } else {
      rmSync(copyFile(path), { force: true });
    }
    const live = statOf(path);
    if (live === undefined) return outcome;
    const now = settled(path, position);
    if (live.size - now.hole <= maxSize) return outcome;
    return await begin(path, now, maxFiles, tools());
  } catch (thrown) {
    if (thrown instanceof PjError) throw thrown;
    throw new PjError('PJ5080', { path, reason: reasonOf(thrown) }, { cause: thrown });
  }
}

async function begin(path: string, { base, hole }: LogPosition, maxFiles: number, tools: Tools): Promise<Rotated> {
  const how = await bestShrink(dirname(path), tools);
  const file = await open(path, 'r');
  let pending: PendingRotation;
  try {
    const { size, ino } = await file.stat();
    const end = await cutAt(file, hole, size, how, path);
    if (end <= hole) return 'none';
    if (maxFiles > 0) {
      try {
        await copyRange(file, hole, end, copyFile(path));
      } catch (thrown) {
        // On a full disk half a copy would only make things worse until the next try.
        rmSync(copyFile(path), { force: true });
        throw thrown;
      }
    }
    pending = { how, end, inode: ino, token: `pj-rotating-${randomBytes(16).toString('hex')}`, stamped: false };
  } finally {
    await file.close();
  }
  const position = { base, hole, pending };
  crashPoint('rotate:copied');
  writePosition(path, position);
  crashPoint('rotate:noted');
  return finish(path, position, pending, maxFiles, tools);
}

/** From the note on; every step may have been done already. */
async function finish(
  path: string,
  position: LogPosition,
  pending: PendingRotation,
  maxFiles: number,
  tools: Tools,
): Promise<Rotated> {
  publish(path, maxFiles);
  crashPoint('rotate:published');
  const live = statOf(path);
  if (live?.ino === pending.inode) {
    const shrunk = pending.how !== 'punch' && pending.stamped && !hasToken(path, pending);
    if (!shrunk) {
      const next = await shrink(path, position, pending, maxFiles, tools);
      if (next !== undefined) {
        const again = { ...pending, how: next, stamped: false };
        writePosition(path, { ...position, pending: again });
        crashPoint('rotate:another-way');
        return finish(path, { ...position, pending: again }, again, maxFiles, tools);
      }
    }
  }
  // Punched: the position says so. Else `settled` knows by the note, which is cleared here.
  const after = parsePosition(positionText(path));
  const { base, hole } = settled(path, after);
  crashPoint('rotate:shrunk');
  writePosition(path, { base, hole });
  crashPoint('rotate:settled');
  if (maxFiles < 1) for (const n of rotatedNumbers(path)) rmSync(`${path}.${n}`, { force: true });
  return DONE[pending.how];
}

/** Takes the copied part out of the live file. Gives the next best way where this one fails. */
async function shrink(
  path: string,
  position: LogPosition,
  pending: PendingRotation,
  maxFiles: number,
  tools: Tools,
): Promise<Shrink | undefined> {
  if (pending.how === 'punch') return (await punch(path, pending.end, tools)) ? undefined : 'truncate';
  if (!pending.stamped) {
    stamp(path, pending.token);
    crashPoint('rotate:stamped');
    writePosition(path, { ...position, pending: { ...pending, stamped: true } });
    crashPoint('rotate:stamp-noted');
  }
  if (pending.how === 'collapse') {
    const lock = maxFiles > 0 ? `${path}.1` : path;
    return (await collapseStamped(path, pending, lock, tools)) ? undefined : 'punch';
  }
  await truncate(path, position.hole, pending.end, maxFiles);
  return undefined;
}

/** PATH.rot becomes PATH.1, the others move up, the oldest goes. Every rename keeps the order, so that it can stop anywhere. */
function publish(path: string, maxFiles: number): void {
  const copy = copyFile(path);
  if (statOf(copy) === undefined) return;
  const numbers = new Set(rotatedNumbers(path));
  for (const n of numbers) if (n > maxFiles) rmSync(`${path}.${n}`, { force: true });
  let free = 1;
  while (numbers.has(free) && free < maxFiles) free++;
  // With all places taken the oldest is overwritten.
  for (let n = free; n > 1; n--) {
    renameSync(`${path}.${n - 1}`, `${path}.${n}`);
    crashPoint('rotate:moved-up');
  }
  renameSync(copy, `${path}.1`);
  fsyncFolder(dirname(path));
}

/** Written in place (not appended) over bytes that are safe in PATH.1. */
function stamp(path: string, token: string): void {
  const fd = openSync(path, 'r+');
  try {
    writeSync(fd, token, 0, 'latin1');
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The last resort. What came since the copy is added to PATH.1 at a fixed place, so that doing it twice is the same as once. */
async function truncate(path: string, hole: number, end: number, maxFiles: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    if (maxFiles > 0) {
      const rotated = await open(`${path}.1`, 'r+');
      try {
        for (let at = end; ; ) {
          const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, at);
          if (bytesRead === 0) break;
          await rotated.write(buffer, 0, bytesRead, at - hole);
          at += bytesRead;
        }
      } finally {
        await rotated.close();
      }
    }
    crashPoint('rotate:rest-copied');
    ftruncateSync(file.fd, 0);
  } finally {
    await file.close();
  }
}

/** How much of the file goes: whole file-system blocks and not all of it for a collapse, whole lines for the others. */
async function cutAt(file: FileHandle, hole: number, size: number, how: Shrink, path: string): Promise<number> {
  if (how === 'collapse') {
    const block = statfsSync(path).bsize;
    return Math.floor((size - 1) / block) * block;
  }
  if (how === 'truncate') return size;
  for (let end = size; end > hole; ) {
    const length = Math.min(65_536, end - hole);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, end - length);
    const newline = buffer.lastIndexOf(10);
    if (newline >= 0) return end - length + newline + 1;
    end -= length;
  }
  return size;
}

async function copyRange(file: FileHandle, from: number, to: number, target: string): Promise<void> {
  const { mode } = await file.stat();
  const copy = await open(target, 'w', mode & 0o777);
  try {
    const buffer = Buffer.alloc(Math.min(CHUNK, to - from));
    for (let at = from; at < to; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - at), at);
      if (bytesRead === 0) throw new Error('somebody else truncated it meanwhile');
      for (let done = 0; done < bytesRead; ) done += (await copy.write(buffer, done, bytesRead - done)).bytesWritten;
      at += bytesRead;
      crashPoint('rotate:part-copied');
    }
    await copy.datasync();
  } finally {
    await copy.close();
  }
}

function reasonOf(thrown: unknown): string {
  return errno(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
}
