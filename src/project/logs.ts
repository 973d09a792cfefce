import { PjError } from '../errors.ts';
import { suggestion } from '../model/nearest.ts';
import type { LogLine, LogOptions } from '../providers/contract.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/** The output of one workload or of several, as it comes. Ends with the files unless `follow`. */
export async function* logsRun(run: Run, ids: readonly string[], options: LogOptions): AsyncGenerator<LogLine> {
  const { snapshot } = await run.store.load();
  const known = snapshot?.workloads ?? {};
  const sources: AsyncIterator<LogLine>[] = [];
  for (const id of ids.length > 0 ? ids : Object.keys(known).sort()) {
    const record = known[id];
    if (record === undefined) throw new PjError('PJ6091', { id, near: suggestion(id, Object.keys(known)) });
    const provider = await run.engines.provider(record.provider);
    if (provider.logs !== undefined)
      sources.push(provider.logs(record, options, quietly(run.signal))[Symbol.asyncIterator]());
    else if (ids.length > 0) throw new PjError('PJ6092', { id, kind: record.kind });
  }
  yield* merged(sources);
}

/** Lines of all sources, each as soon as it is there. */
async function* merged(sources: AsyncIterator<LogLine>[]): AsyncGenerator<LogLine> {
  type Next = { source: AsyncIterator<LogLine>; result: IteratorResult<LogLine> };
  const step = (source: AsyncIterator<LogLine>): Promise<Next> => source.next().then((result) => ({ source, result }));
  const waiting = new Map(sources.map((source) => [source, step(source)]));
  try {
    while (waiting.size > 0) {
      const { source, result } = await Promise.race(waiting.values());
      if (result.done) waiting.delete(source);
      else {
        yield result.value;
        waiting.set(source, step(source));
      }
    }
  } finally {
    for (const source of waiting.keys()) await source.return?.();
  }
}
