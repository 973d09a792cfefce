import { PjError } from '../errors.ts';
import { suggestion } from '../model/nearest.ts';
import type { ExecStreams } from '../providers/contract.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/** Runs a command in a workload that runs and gives its exit code. Throws PJ6091, PJ6100 where its kind has no such thing. */
export async function execRun(run: Run, id: string, argv: readonly string[], streams: ExecStreams): Promise<number> {
  const { snapshot } = await run.store.load();
  const known = snapshot?.workloads ?? {};
  const record = Object.hasOwn(known, id) ? known[id] : undefined;
  if (record === undefined) throw new PjError('PJ6091', { id, near: suggestion(id, Object.keys(known)) });
  const provider = await run.engines.provider(record.provider);
  if (provider.exec === undefined) throw new PjError('PJ6100', { id, kind: record.kind });
  return provider.exec(record, [...argv], streams, quietly(run.signal));
}
