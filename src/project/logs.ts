import { PjError } from '../errors.ts';
import type { LogLine, LogOptions } from '../providers/contract.ts';
import { quietly } from './engines.ts';
import { recordIn } from './find.ts';
import { mergeByTime } from './merge-by-time.ts';
import { mergeLive } from './merge-live.ts';
import type { Run } from './run.ts';

/**
 * The output of one workload or of several: by the time that each line was written, where that is known; with `follow` that holds for what comes within
 * a fifth of a second. Ends with the files unless `follow`; one line of each is held then. Throws PJ6091, PJ6092.
 */
export async function* logsRun(run: Run, ids: readonly string[], options: LogOptions): AsyncGenerator<LogLine> {
  const { snapshot } = await run.store.load();
  const known = snapshot?.workloads ?? {};
  const stop = new AbortController();
  const context = quietly(AbortSignal.any([run.signal, stop.signal]));
  const sources: AsyncIterator<LogLine>[] = [];
  const asked = { ...options, times: options.times ?? ids.length !== 1 };
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
  const merged = options.follow ? mergeLive(sources, stop) : mergeByTime(sources, stop);
  for await (const { at, ...line } of merged) yield options.times === true && at !== undefined ? { ...line, at } : line;
}
