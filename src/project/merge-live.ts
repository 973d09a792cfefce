import type { LogLine } from '../providers/contract.ts';
import { timeOf } from './merge-by-time.ts';

/** Longest that a line is held for an earlier one of another source. ms */
const WINDOW = 200;
/** How much of one source is held at most, before it is asked for more: lines, and characters of them. */
const [MOST_LINES, MOST_TEXT] = [4096, 4 << 20];

interface Held {
  line: LogLine;
  /** When it was written, ms since 1970; as far as is known. */
  time: number;
  /** Of all lines the how-manieth that came. */
  turn: number;
  /** performance.now() */
  arrived: number;
}

interface Source {
  lines: AsyncIterator<LogLine>;
  held: Held[];
  text: number;
  /** When it was asked for the line that has not come yet (performance.now()); undefined: it is not asked. */
  askedAt: number | undefined;
  ended: boolean;
  /** Of its lines the latest time so far. */
  latest: number | undefined;
}

/**
 * Lines of all sources as they come, those that come together (within 200 ms) by the time that they were written. None is held longer than that, nor where
 * no source can have an earlier one any more. Each source stays in its order; a line without a time counts as written with the one before it, else when it
 * came. `stop` is aborted at the end, as a source that waits for its next line hears nothing else.
 */
export async function* mergeLive(
  iterators: readonly AsyncIterator<LogLine>[],
  stop: AbortController,
): AsyncGenerator<LogLine> {
  const sources = iterators.map(
    (lines): Source => ({ lines, held: [], text: 0, askedAt: undefined, ended: false, latest: undefined }),
  );
  let failure: { thrown: unknown } | undefined;
  let turn = 0;
  let wake = (): void => undefined;
  const take = (source: Source, line: LogLine): void => {
    const written = timeOf(line);
    // A time that goes back (stderr, a clock that was set) does not bring a source out of its order.
    if (written !== undefined) source.latest = Math.max(source.latest ?? written, written);
    turn += 1;
    source.held.push({ line, time: source.latest ?? Date.now(), turn, arrived: performance.now() });
    source.text += line.text.length;
  };
  const ask = (source: Source): void => {
    if (source.ended || source.askedAt !== undefined) return;
    if (source.held.length >= MOST_LINES || source.text >= MOST_TEXT) return;
    source.askedAt = performance.now();
    source.lines.next().then(
      ({ done, value }) => {
        source.askedAt = undefined;
        if (done === true) source.ended = true;
        else take(source, value);
        ask(source);
        wake();
      },
      (thrown: unknown) => {
        source.askedAt = undefined;
        source.ended = true;
        failure ??= { thrown };
        wake();
      },
    );
  };
  for (const source of sources) ask(source);
  try {
    for (;;) {
      const source = overdue(sources) ?? earliest(sources);
      if (source === undefined) {
        if (failure !== undefined) throw failure.thrown;
        if (sources.every(({ ended }) => ended)) return;
      }
      const [head] = source?.held ?? [];
      const wait = head === undefined ? Number.POSITIVE_INFINITY : failure === undefined ? waitOf(head, sources) : 0;
      if (source !== undefined && head !== undefined && wait <= 0) {
        source.held.shift();
        source.text -= head.line.text.length;
        ask(source);
        yield head.line;
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = wait === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, wait);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    stop.abort();
    await Promise.allSettled(iterators.map((lines) => lines.return?.()));
  }
}

/** The source whose line has waited longest, where that is long enough and its clock is ahead: what others write now would always be earlier. */
function overdue(sources: readonly Source[]): Source | undefined {
  let found: Source | undefined;
  for (const source of sources) {
    const [one, best] = [source.held[0], found?.held[0]];
    if (one === undefined || one.time <= Date.now() || one.arrived + WINDOW > performance.now()) continue;
    if (best === undefined || one.turn < best.turn) found = source;
  }
  return found;
}

/** The source that holds the earliest line; of those as early, the line that came first. */
function earliest(sources: readonly Source[]): Source | undefined {
  let found: Source | undefined;
  for (const source of sources) {
    const [one, best] = [source.held[0], found?.held[0]];
    if (one === undefined) continue;
    if (best === undefined || one.time < best.time || (one.time === best.time && one.turn < best.turn)) found = source;
  }
  return found;
}

/** ms for which an earlier line may still come: from one that holds none, was asked just now, or writes just now. */
function waitOf(head: Held, sources: readonly Source[]): number {
  const silent = sources.filter(({ held, ended }) => held.length === 0 && !ended);
  if (silent.length === 0) return 0;
  const now = performance.now();
  const since = Math.max(...silent.map(({ askedAt }) => askedAt ?? now));
  const open = Math.max(since + WINDOW - now, head.time + WINDOW - Date.now());
  return Math.min(open, head.arrived + WINDOW - now);
}
