import { PjError } from '../errors.ts';
import { suggestion } from '../model/nearest.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import type { RecoveryOptions } from '../state/recovery.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/** How recovery asks the engines what became of an interrupted step. */
export function recoveryOf(run: Run): RecoveryOptions {
  return {
    project: run.loaded.config.name,
    find: async (name, identity, handle) =>
      (await run.engines.provider(name)).find(identity, quietly(run.signal), handle),
    now: () => run.clock.now(),
  };
}

/** What is recorded of a workload. Throws PJ6091 where it is not in the state. */
export function recordIn(snapshot: Snapshot | undefined, id: string): WorkloadRecord {
  const known = snapshot?.workloads ?? {};
  const record = Object.hasOwn(known, id) ? known[id] : undefined;
  if (record === undefined) throw new PjError('PJ6091', { id, near: suggestion(id, Object.keys(known)) });
  return record;
}
