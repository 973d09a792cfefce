import { PjError } from '../errors.ts';
import type { LogLine, LogOptions } from '../providers/contract.ts';
import { quietly } from './engines.ts';
import { recordIn } from './find.ts';
import { mergeByTime } from './merge-by-time.ts';
import type { Run } from './run.ts';

/**
 * The output of one workload or of several: by the time that each line was written, where that is known; with `follow` as it comes. Ends with the files
 * unless `follow`. One line of each is held. Throws PJ6091, PJ6092.
 */
export async function* logsRun(run: Run, ids: readonly string[], options: LogOptions): AsyncGenerator<LogLine> {
  const { snapshot } = await run.store.load();
  const known = snapshot?.workloads ?? {};
  const stop = new AbortController();
  const context = quietly(AbortSignal.any([run.signal, stop.signal]));
  const sources: AsyncIterator<LogLine>[] = [];
  const asked = { ...options, times: options.times ?? (ids.length !== 1 && !options.follow) };
  // Where nobody is named, one whose output cannot be read does not keep that of the others back.
  const quiet = async function* (id: string, lines: AsyncIterable<LogLine>): AsyncGenerator<LogLine> {
    try {
      yield* lines;
    } catch (thrown) {
      if (!(thrown instanceof PjError)) throw thrown;
      const { code, message: summary, hint: detail } = thrown;
      run.emit({ type: 'diagnostic', severity: 'warning', code, summary, detail, workload: id });
    }
  };
  for (const id of ids.length > 0 ? new Set(ids) : Object.keys(known).sort()) {
    const record = recordIn(snapshot, id);
    const provider = await run.engines.provider(record.provider);
    if (provider.logs !== undefined) {
      const lines = provider.logs(record, asked, context);
      sources.push((ids.length > 0 ? lines : quiet(id, lines))[Symbol.asyncIterator]());
    } else if (ids.length > 0) throw new PjError('PJ6092', { id, kind: record.kind });
  }
  if (options.follow || sources.length < 2) yield* merged(sources, stop);
  else {
    for await (const { at, ...line } of mergeByTime(sources, stop))
      yield options.times === true && at !== undefined ? { ...line, at } : line;
  }
}

type Arrived = { source: AsyncIterator<LogLine> } & ({ result: IteratorResult<LogLine> } | { thrown: unknown });

/** Lines of all sources, each as soon as it is there. `stop` is aborted at the end, as one that waits for its next line hears nothing else. */
async function* merged(sources: readonly AsyncIterator<LogLine>[], stop: AbortController): AsyncGenerator<LogLine> {
  const arrived: Arrived[] = [];
  let wake = (): void => undefined;
  const ask = (source: AsyncIterator<LogLine>): void => {
    const note = (what: Arrived): void => {
      arrived.push(what);
      wake();
    };
    source.next().then(
      (result) => note({ source, result }),
      (thrown: unknown) => note({ source, thrown }),
    );
  };
  sources.forEach(ask);
  try {
    for (let open = sources.length; open > 0; ) {
      const next = arrived.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if ('thrown' in next) {
        throw next.thrown;
      } else if (next.result.done) {
        open -= 1;
      } else {
        yield next.result.value;
        ask(next.source);
      }
    }
  } finally {
    stop.abort();
    await Promise.allSettled(sources.map((source) => source.return?.()));
  }
}
