import type { LogLine } from '../providers/contract.ts';

/** Lines of all sources, the earliest first. A line of which no time is known comes right after the one before it in its source. One line of each source is held; `stop` is aborted at the end. */
export async function* mergeByTime(
  sources: readonly AsyncIterator<LogLine>[],
  stop: AbortController,
): AsyncGenerator<LogLine> {
  interface Head {
    source: AsyncIterator<LogLine>;
    line: LogLine;
    at: number;
  }
  const next = async (source: AsyncIterator<LogLine>, before: number): Promise<Head | undefined> => {
    const { value, done } = await source.next();
    // A source is in order by itself: a time that goes back (stderr, a clock that was set) does not bring it out of it.
    return done === true ? undefined : { source, line: value, at: Math.max(before, timeOf(value) ?? before) };
  };
  try {
    const first = await Promise.all(sources.map((source) => next(source, Number.NEGATIVE_INFINITY)));
    let heads = first.filter((head) => head !== undefined);
    while (heads.length > 0) {
      const head = heads.reduce((a, b) => (b.at < a.at ? b : a));
      yield head.line;
      const following = await next(head.source, head.at);
      if (following === undefined) heads = heads.filter((one) => one !== head);
      else heads[heads.indexOf(head)] = following;
    }
  } finally {
    stop.abort();
    await Promise.allSettled(sources.map((source) => source.return?.()));
  }
}

/** ms since 1970; undefined where it is not known. */
export function timeOf({ at }: LogLine): number | undefined {
  const time = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(time) ? undefined : time;
}
