import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { activityFile } from '../../../activity/log.ts';
import type { ActivityEvent } from '../../../model/awake.ts';
import { isObject, type Json } from '../../../model/json.ts';

/** Most that one call reads, so that a tick stays short; the rest comes with the next. Also the longest line. */
const AT_ONCE = 1 << 20;

/** Where in which file it has read up to; the file by its inode, as it is renamed when a new one is begun. */
export interface TailPosition {
  inode: number;
  offset: number;
}

/** Reads the events of a project as they are written, by whatever process; each once. */
export class ActivityTail {
  private readonly path: string;
  private file: number | undefined;
  private offset = 0;

  /** `from`: where the one before this had come to; absent, or that file is gone: from the beginning. */
  constructor(project: string, from?: TailPosition) {
    this.path = activityFile(project);
    if (from !== undefined) this.takeUp(from);
  }

  get position(): TailPosition | undefined {
    return this.file === undefined ? undefined : { inode: fstatSync(this.file).ino, offset: this.offset };
  }

  /** What was written since; nothing where there is no file. `more`: there is more to be read at once. */
  read(): { events: ActivityEvent[]; more: boolean } {
    this.file ??= open(this.path);
    if (this.file === undefined) return { events: [], more: false };
    const { size, ino } = fstatSync(this.file);
    if (size < this.offset) this.offset = 0; // It was emptied.
    const before = this.offset;
    const events = this.take(this.file, Math.min(size - before, AT_ONCE));
    if (before + AT_ONCE <= size && this.offset === before) this.offset += AT_ONCE; // No line of ours is as long.
    if (this.offset > before) return { events, more: this.offset < size };
    const more = statSync(this.path, { throwIfNoEntry: false })?.ino !== ino && this.replaced();
    return { events, more };
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
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
      .flatMap((line) => parse(line) ?? []);
  }

  /** A new file has been begun: from its beginning. */
  private replaced(): boolean {
    this.close();
    this.offset = 0;
    this.file = open(this.path);
    return this.file !== undefined;
  }

  private takeUp({ inode, offset }: TailPosition): void {
    const folder = dirname(this.path);
    for (const name of names(folder, basename(this.path))) {
      const file = open(join(folder, name));
      if (file === undefined) continue;
      const stat = fstatSync(file);
      if (stat.ino === inode && stat.size >= offset) {
        this.file = file;
        this.offset = offset;
        return;
      }
      closeSync(file);
    }
  }
}

/** The file of events and those that it was before. */
function names(folder: string, name: string): string[] {
  try {
    return readdirSync(folder).filter((one) => one.startsWith(name));
  } catch {
    return [];
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

/** Undefined for a line that is no event: a full disk may have cut it. */
function parse(line: string): ActivityEvent | undefined {
  try {
    const value = JSON.parse(line) as Json;
    return isObject(value) && typeof value['type'] === 'string' ? (value as unknown as ActivityEvent) : undefined;
  } catch {
    return undefined;
  }
}
