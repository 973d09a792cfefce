import { PjError } from '../errors.ts';
import type { ExecStreams } from '../providers/contract.ts';
import { quietly } from './engines.ts';
import { recordIn } from './find.ts';
import type { Run } from './run.ts';

/** Runs a command in a workload that runs and gives its exit code. Throws PJ6091, PJ6100 where its kind has no such thing. */
export async function execRun(run: Run, id: string, argv: readonly string[], streams: ExecStreams): Promise<number> {
  const record = recordIn((await run.store.load()).snapshot, id);
  const provider = await run.engines.provider(record.provider);
  if (provider.exec === undefined) throw new PjError('PJ6100', { id, kind: record.kind });
  return provider.exec(record, [...argv], streams, quietly(run.signal));
}

/** Joins the streams with the console of a workload until the user leaves it. Throws PJ6091, PJ6101 where its kind has none. */
export async function consoleRun(run: Run, id: string, streams: ExecStreams): Promise<void> {
  const record = recordIn((await run.store.load()).snapshot, id);
  const provider = await run.engines.provider(record.provider);
  if (provider.console === undefined) throw new PjError('PJ6101', { id, kind: record.kind });
  await provider.console(record, streams, quietly(run.signal));
}
