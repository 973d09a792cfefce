import { setTimeout as sleep } from 'node:timers/promises';
import { LogCursor, lineStart, tailPosition } from './cursor.ts';
import { layoutOf, statOf } from './layout.ts';
import { type IndexEntry, positionAt, readTimeIndex, timeOf } from './time-index.ts';

export { logFiles } from './layout.ts';
export { appendTimeIndex } from './time-index.ts';

export type LogStream = 'stdout' | 'stderr';

export interface ReadOptions {
  /** The live files; the rotated ones beside them are read too. The same path for both counts as stdout. */
  paths: { stdout?: string; stderr?: string };
  /** Go on with what comes, until the signal aborts. */
  follow: boolean;
  /** Only what was written since: ISO 8601 or ms since 1970. Right to the sampling of the time index (1 s), early rather than late. */
  since?: string | number | undefined;
  /** Only the last so many lines, of both streams together. */
  tail?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds between looks when following, default 100. */
  pollMs?: number | undefined;
}

export interface ReadLine {
  /** Without its newline; a line of more than 256 KiB comes in several pieces. */
  text: string;
  stream: LogStream;
  /** ms since 1970: it was there at the latest then, right to the time index (1 s); absent where nothing tells. */
  at?: number;
}

interface Source {
  stream: LogStream;
  cursor: LogCursor;
  index: IndexEntry[];
  /** Where the log ended when reading began. */
  end: number;
  /** When it was last written then, ms since 1970; undefined where no note of times is kept at all. */
  writtenAt: number | undefined;
}

/**
 * A workload's output, oldest line first, through all rotated files, and on through rotations and truncations when following.
 * stdout and stderr are put in order as finely as the time index tells (1 s), stdout first within that. A log that is not there
 * is empty. Ends without an error when the signal aborts. Throws PJ5081 for what may not be read and RangeError for a bad `since`.
 */
export async function* readLogs(options: ReadOptions): AsyncGenerator<ReadLine> {
  const sources: Source[] = [];
  for (const [stream, path] of streams(options.paths)) sources.push(await openSource(stream, path, options));
  const stopped = (): boolean => options.signal?.aborted === true;

  let lines = merged(sources, options.follow);
  if (options.tail !== undefined && sources.length > 1) lines = lastOf(lines, options.tail);
  for await (const line of lines) {
    if (stopped()) return;
    yield line;
  }
  while (options.follow && !stopped()) {
    let any = false;
    for (const { cursor, stream } of sources) {
      if (!cursor.mayHaveMore()) continue;
      for await (const { text } of cursor.lines()) {
        any = true;
        yield { text, stream, at: Date.now() };
        if (stopped()) return;
      }
    }
    if (!any) await sleep(options.pollMs ?? 100, undefined, { signal: options.signal }).catch(() => undefined);
  }
  if (!options.follow) return;
  for (const { cursor, stream } of sources) {
    const rest = cursor.rest();
    if (rest !== undefined) yield { text: rest.text, stream };
  }
}

function streams({ stdout, stderr }: ReadOptions['paths']): [LogStream, string][] {
  const found: [LogStream, string][] = [];
  if (stdout !== undefined) found.push(['stdout', stdout]);
  if (stderr !== undefined && stderr !== stdout) found.push(['stderr', stderr]);
  return found;
}

async function openSource(stream: LogStream, path: string, { since, tail }: ReadOptions): Promise<Source> {
  const index = readTimeIndex(path);
  const layout = layoutOf(path);
  let position = layout.segments[0]?.start ?? layout.size;
  if (since !== undefined) {
    const time = typeof since === 'number' ? since : Date.parse(since);
    if (Number.isNaN(time)) throw new RangeError(`${since} is not a time`);
    position = await lineStart(path, Math.max(position, positionAt(index, time)));
  }
  if (tail !== undefined) position = Math.max(position, await tailPosition(path, tail, position));
  const writtenAt = index.length === 0 ? undefined : statOf(path)?.mtimeMs;
  return { stream, cursor: new LogCursor(path, position), index, end: layout.size, writtenAt };
}

/** What was there when reading began. The last line of each, when it has no newline yet, only where nobody follows. */
async function* merged(sources: readonly Source[], follow: boolean): AsyncGenerator<ReadLine> {
  const heads: { source: Source; lines: AsyncGenerator<Timed>; next: Timed }[] = [];
  for (const source of sources) {
    const lines = timed(source, follow);
    const first = await lines.next();
    if (!first.done) heads.push({ source, lines, next: first.value });
  }
  while (heads.length > 0) {
    let head = heads[0];
    for (const other of heads) if (head === undefined || other.next.time < head.next.time) head = other;
    if (head === undefined) return;
    yield readLine(head.next, head.source);
    const next = await head.lines.next();
    if (next.done) heads.splice(heads.indexOf(head), 1);
    else head.next = next.value;
  }
}

type Timed = { text: string; time: number };

/** What no note has told of yet was written when the log was last written, at the latest. */
function readLine({ text, time }: Timed, { stream, writtenAt }: Source): ReadLine {
  const at = Number.isFinite(time) ? time : writtenAt;
  return at === undefined ? { text, stream } : { text, stream, at: Math.floor(at) };
}

async function* timed({ cursor, index, end }: Source, follow: boolean): AsyncGenerator<Timed> {
  for await (const line of cursor.lines(end)) yield { text: line.text, time: timeOf(index, line.end) };
  const rest = follow ? undefined : cursor.rest();
  if (rest !== undefined) yield { text: rest.text, time: timeOf(index, rest.end) };
}

async function* lastOf(lines: AsyncIterable<ReadLine>, count: number): AsyncGenerator<ReadLine> {
  let kept: ReadLine[] = [];
  for await (const line of lines) {
    kept.push(line);
    if (kept.length > 2 * count + 1024) kept = kept.slice(-count);
  }
  yield* count <= 0 ? [] : kept.slice(-count);
}
