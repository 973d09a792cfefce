import { asPjError } from '../errors.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import { showRecord } from '../state/surgery.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/**
 * Tells the providers that workloads are about to be forgotten, so that nobody watches them any more. Where one cannot be told it is a warning:
 * the state can be mended by hand whatever an engine says. Throws PJ3050 before anything is done when one is not there.
 */
export async function letGo(run: Run, snapshot: Snapshot, ids: readonly string[]): Promise<void> {
  const records = [...new Set(ids)].map((id) => showRecord(snapshot, id));
  for (const record of records) {
    for (const instance of instancesOf(record)) {
      const { generation, handle, spec } = instance;
      const identity = { project: run.loaded.config.name, lineage: snapshot.lineage, id: record.id, generation };
      try {
        const provider = await run.engines.provider(instance.provider);
        await provider.release?.({ identity, handle, spec, stored: spec, specDigest: '' }, quietly(run.signal));
      } catch (thrown) {
        const { code, message, hint: detail } = asPjError(thrown);
        const summary = `${record.id} is forgotten, but perhaps still watched: ${message}`;
        run.emit({ type: 'diagnostic', severity: 'warning', code, summary, detail, workload: record.id });
      }
    }
  }
}

function instancesOf(record: WorkloadRecord): Pick<WorkloadRecord, 'generation' | 'provider' | 'handle' | 'spec'>[] {
  return [record, ...(record.deposed ?? [])];
}
