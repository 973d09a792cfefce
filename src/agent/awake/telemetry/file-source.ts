import { LogCursor } from '../../../logs/cursor.ts';
import { layoutOf, statOf } from '../../../logs/layout.ts';
import { type IndexEntry, positionAt, readTimeIndex, timeOf } from '../../../logs/time-index.ts';
import type { FilePlace } from './places.ts';

/** After so long without anything more, what stands after the last newline is a line. ms */
const UNFINISHED = 5_000;

/** Read so soon after the end was reached a line was written just now, and no index is asked. ms */
const CLOSE_BEHIND = 2_000;

/** A line of a file, when it was there at the latest (ms since 1970; undefined: it came just now, or no index says), and what to call once the collector has it. */
export type TakeLine = (text: string, at: number | undefined, receipt: () => void) => void;

export interface FileSourceOptions {
  path: string;
  /** How far the agent before this one came. */
  place: FilePlace | undefined;
  /** Where it was never read: from this time on (ms since 1970); undefined: all. */
  since: number | undefined;
  /** Told how far the collector has it. */
  moved(place: FilePlace): void;
}

/** A log file that is read on, through rotations, as far as there is room: what is not read stays in the file. */
export class FileSource {
  readonly path: string;
  /** Bytes that were rotated away before they could be read. */
  lost = 0;
  private readonly options: FileSourceOptions;
  private readonly cursor: LogCursor;
  /** A read that waits for room. */
  private lines: ReturnType<LogCursor['lines']> | undefined;
  private end: number;
  private restAt: number | undefined;
  private reading = false;
  private index: readonly IndexEntry[] = [];
  private endedAt = Number.NEGATIVE_INFINITY;

  constructor(options: FileSourceOptions) {
    this.options = options;
    this.path = options.path;
    this.end = beginning(options);
    this.cursor = new LogCursor(options.path, this.end);
  }

  /** All that is there has been read, a last line without an end included. */
  get through(): boolean {
    return this.lines === undefined && this.unread === 0;
  }

  /** The file still holds what was read of it: it was not removed and begun anew. */
  get continues(): boolean {
    return layoutOf(this.path).size >= this.end;
  }

  /** Bytes that are there and were not read. */
  get unread(): number {
    return Math.max(0, layoutOf(this.path).size - this.end);
  }

  /** Reads on while there is room. `now`: ms, only forward. Throws PJ5081. */
  async read(now: number, hasRoom: () => boolean, take: TakeLine): Promise<void> {
    if (this.reading || !hasRoom()) return;
    this.reading = true;
    try {
      if (this.lines === undefined) {
        if (!this.cursor.mayHaveMore()) return this.finish(now, take);
        this.lines = this.cursor.lines();
        this.restAt = now + UNFINISHED;
      }
      // Also when it goes on with a read that waited: the file has grown meanwhile.
      this.index = now - this.endedAt <= CLOSE_BEHIND ? [] : readTimeIndex(this.path);
      while (hasRoom()) {
        const next = await this.lines.next();
        if (next.done) {
          this.lines = undefined;
          this.endedAt = now;
          return;
        }
        this.give(next.value, take);
      }
    } catch (error) {
      this.lines = undefined;
      throw error;
    } finally {
      this.reading = false;
    }
  }

  private finish(now: number, take: TakeLine): void {
    if (this.restAt === undefined || now < this.restAt) return;
    this.restAt = undefined;
    const rest = this.cursor.rest();
    if (rest !== undefined) this.give(rest, take);
  }

  private give({ text, end }: { text: string; end: number }, take: TakeLine): void {
    const gap = end - Buffer.byteLength(text) - 1 - this.end;
    if (gap > 0) this.lost += gap;
    this.end = end;
    const inode = statOf(this.path)?.ino ?? 0;
    const at = timeOf(this.index, end);
    take(text, Number.isFinite(at) ? at : undefined, () => this.options.moved({ inode, position: end }));
  }
}

function beginning({ path, place, since }: FileSourceOptions): number {
  // Another file under that name is another log.
  if (place !== undefined && place.inode === (statOf(path)?.ino ?? place.inode)) return place.position;
  const first = layoutOf(path).segments[0]?.start ?? 0;
  return since === undefined ? first : Math.max(first, positionAt(readTimeIndex(path), since));
}
