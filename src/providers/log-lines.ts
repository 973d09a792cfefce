import { type ReadOptions, readLogs } from '../logs/read.ts';
import type { CallContext, LogLine, LogOptions } from './contract.ts';

/** A workload's output from the files that it is appended to, as a provider gives it. `plain`: what is to be made of each text. */
export async function* linesOfFiles(
  workload: string,
  paths: ReadOptions['paths'],
  { follow, since, tail, times }: LogOptions,
  { signal }: Pick<CallContext, 'signal'>,
  plain: (text: string) => string = (text) => text,
): AsyncGenerator<LogLine> {
  for await (const { stream, text, at } of readLogs({ paths, follow, since, tail, signal })) {
    const line = { workload, stream, text: plain(text) };
    yield times === true && at !== undefined ? { ...line, at: new Date(at).toISOString() } : line;
  }
}
