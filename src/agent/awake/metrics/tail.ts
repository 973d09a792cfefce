import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { parseEvent } from '../../../activity/event-lines.ts';
import { activityFile, numberOf, placeOf, putAside } from '../../../activity/files.ts';
import type { ActivityEvent } from '../../../model/awake.ts';

/** Most that one call reads, so that a tick stays short; the rest comes with the next. Also the longest line. */
const AT_ONCE = 1 << 20;

/** Where in which file it has read up to; the file by its inode, as it is renamed when a new one is begun, and by its place in the order of files (placeOf). */
export interface TailPosition {
  inode: number;
  offset: number;
  after: number;
}

interface Open {
  file: number;
  inode: number;
  after: number;
}

/**
 * Reads the events of a project as they are written, by whatever process; each once, oldest first, through the files that were put aside. Unlike
 * readActivity it waits for nothing, and its position outlives it.
 */
export class ActivityTail {
  private readonly path: string;
  private open: Open | undefined;
  private offset = 0;

  /** `from`: where the one before this had come to; absent: from the oldest that is there. */
  constructor(project: string, from?: TailPosition) {
    this.path = activityFile(project);
    if (from === undefined) this.follow();
    else this.takeUp(from);
  }

  get position(): TailPosition | undefined {
    if (this.open === undefined) return undefined;
    const { inode, after } = this.open;
    return { inode, offset: this.offset, after };
  }

  /** What was written since; nothing where there is no file. `more`: there is more to be read at once. */
  read(): { events: ActivityEvent[]; more: boolean } {
    const now = this.open ?? this.follow();
    if (now === undefined) return { events: [], more: false };
    // Asked first: what is written before it is put aside is read below.
    const isLast = statSync(this.path, { throwIfNoEntry: false })?.ino === now.inode;
    const { size } = fstatSync(now.file);
    if (size < this.offset) this.offset = 0; // It was emptied.
    const before = this.offset;
    const events = this.take(now.file, Math.min(size - before, AT_ONCE));
    if (before + AT_ONCE <= size && this.offset === before) this.offset += AT_ONCE; // No line of ours is as long.
    if (this.offset > before) return { events, more: this.offset < size || !isLast };
    return { events, more: !isLast && this.follow(now) !== undefined };
  }

  close(): void {
    if (this.open !== undefined) closeSync(this.open.file);
    this.open = undefined;
  }

  /** The whole lines of the next bytes. */
  private take(file: number, length: number): ActivityEvent[] {
    if (length <= 0) return [];
    const bytes = Buffer.allocUnsafe(length);
    const got = bytes.subarray(0, readSync(file, bytes, 0, length, this.offset));
    const end = got.lastIndexOf(10) + 1;
    this.offset += end;
    return got
      .toString('utf8', 0, end)
      .split('\n')
      .flatMap((line) => parseEvent(line) ?? []);
  }

  /** Goes on at the beginning of the oldest file younger than that one; absent: of the oldest. Stays where there is none. */
  private follow(now?: { inode: number; after: number }): Open | undefined {
    const after = now === undefined ? 0 : placeOf(this.path, now.inode, now.after);
    for (const path of [...putAside(this.path, after), this.path]) {
      const next = open(this.path, path);
      if (next !== undefined && (this.open === undefined || next.inode !== this.open.inode)) return this.goTo(next, 0);
      if (next !== undefined) closeSync(next.file);
    }
    return undefined;
  }

  private goTo(next: Open, offset: number): Open {
    this.close();
    this.offset = offset;
    this.open = next;
    return next;
  }

  private takeUp({ inode, offset, after }: TailPosition): void {
    // Younger ones than the next after it are not it: inodes come again when files are removed.
    const oldest = putAside(this.path).filter((path) => numberOf(path) <= after + 1);
    const last = putAside(this.path, after).length > 0 ? [] : [this.path];
    for (const path of [...oldest, ...last]) {
      const found = open(this.path, path);
      if (found?.inode === inode) {
        this.goTo(found, fstatSync(found.file).size < offset ? 0 : offset);
        return;
      }
      if (found !== undefined) closeSync(found.file);
    }
    this.follow({ inode, after });
  }
}

function open(live: string, path: string): Open | undefined {
  try {
    const file = openSync(path, 'r');
    const { ino } = fstatSync(file);
    return { file, inode: ino, after: numberOf(path) || placeOf(live, ino) };
  } catch {
    return undefined;
  }
}
