import { StringDecoder } from 'node:string_decoder';
import { layoutOf, statOf } from './layout.ts';
import { positionFile } from './position.ts';
import { type LayoutMemory, readAt } from './read-at.ts';

/** Bytes of the longest line that is given in one piece; longer ones come in several. */
export const MAX_LINE = 256 << 10;
const CHUNK = 256 << 10;

export interface CursorLine {
  text: string;
  /** Position in the log right after the line. */
  end: number;
}

/** A place in one log that only goes forward, and the beginning of the line that it stands in. */
export class LogCursor {
  readonly path: string;
  /** The next byte to read, counted from the first ever. */
  position: number;
  private partial: Buffer[] = [];
  private partialSize = 0;
  private seen = '';
  private readonly memory: LayoutMemory = {};

  constructor(path: string, position: number) {
    this.path = path;
    this.position = position;
  }

  /** The lines that are complete now. Only what stands at or before `until` is read, where that is given. */
  async *lines(until = Number.POSITIVE_INFINITY): AsyncGenerator<CursorLine> {
    while (this.position < until) {
      const read = await readAt(this.path, this.position, Math.min(CHUNK, until - this.position), this.memory);
      if ('end' in read) return;
      if ('gone' in read) {
        const rest = this.rest();
        if (rest !== undefined) yield rest;
        this.position = read.next;
        continue;
      }
      yield* this.split(read.data);
    }
  }

  /** What stands after the last newline; undefined when nothing does. */
  rest(): CursorLine | undefined {
    return this.partialSize === 0 ? undefined : { text: this.take(), end: this.position };
  }

  /** False when nothing can have come since the call before: two stats instead of a read. */
  mayHaveMore(): boolean {
    const now = [statOf(this.path), statOf(positionFile(this.path))]
      .map((stat) => (stat === undefined ? '-' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`))
      .join(' ');
    const changed = now !== this.seen;
    this.seen = now;
    return changed;
  }

  private *split(data: Buffer): Generator<CursorLine> {
    const start = this.position;
    let from = 0;
    for (let newline = data.indexOf(10); newline >= 0; newline = data.indexOf(10, from)) {
      yield* this.add(data.subarray(from, newline), start + from);
      this.position = start + newline + 1;
      yield { text: this.take(), end: this.position };
      from = newline + 1;
    }
    yield* this.add(data.subarray(from), start + from);
    this.position = start + data.length;
  }

  /** Adds to the line that is being read; gives pieces of it when it gets too long. */
  private *add(data: Buffer, at: number): Generator<CursorLine> {
    let rest = data;
    while (this.partialSize + rest.length > MAX_LINE) {
      const cut = Math.max(0, MAX_LINE - this.partialSize);
      const piece = rest.subarray(0, cut);
      this.partial.push(piece);
      const whole = Buffer.concat(this.partial);
      // A character of several bytes is not cut in two: its first bytes go to the next piece.
      const text = new StringDecoder('utf8').write(whole);
      const used = Math.min(whole.length, Buffer.byteLength(text)) || whole.length;
      this.partial = used < whole.length ? [whole.subarray(used)] : [];
      this.partialSize = whole.length - used;
      rest = rest.subarray(cut);
      yield { text, end: at + data.length - rest.length };
    }
    if (rest.length > 0) {
      this.partial.push(Buffer.from(rest));
      this.partialSize += rest.length;
    }
  }

  private take(): string {
    const text = Buffer.concat(this.partial).toString('utf8');
    this.partial = [];
    this.partialSize = 0;
    return text;
  }
}

/** Where the last `count` lines begin, at `from` or after. A last line without newline counts. */
export async function tailPosition(path: string, count: number, from: number): Promise<number> {
  const { segments, size } = layoutOf(path);
  const first = Math.max(from, segments[0]?.start ?? size);
  if (count <= 0) return size;
  let newlines = 0;
  for (let end = size; end > first; ) {
    const start = Math.max(first, end - CHUNK);
    const block = await readBlock(path, start, end);
    if (block === undefined) return first;
    for (let i = block.length - 1; i >= 0; i--) {
      if (block[i] !== 10) continue;
      // The newline that ends the last line begins none.
      if (start + i === size - 1) continue;
      newlines++;
      if (newlines === count) return start + i + 1;
    }
    end = start;
  }
  return first;
}

/** The beginning of the line that `position` stands in. */
export async function lineStart(path: string, position: number): Promise<number> {
  const first = layoutOf(path).segments[0]?.start ?? 0;
  for (let end = position; end > first && position - end < MAX_LINE; ) {
    const start = Math.max(first, end - 4096);
    const block = await readBlock(path, start, end);
    if (block === undefined) return position;
    const newline = block.lastIndexOf(10);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return Math.max(first, position - MAX_LINE);
}

async function readBlock(path: string, start: number, end: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  for (let at = start; at < end; ) {
    const read = await readAt(path, at, end - at);
    if (!('data' in read)) return undefined;
    parts.push(read.data);
    at += read.data.length;
  }
  return Buffer.concat(parts);
}
