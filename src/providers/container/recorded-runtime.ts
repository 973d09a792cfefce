import { RUNTIMES, type RuntimeName } from '../../model/container-spec.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Snapshot, WorkloadRecord } from '../../model/record.ts';

/** The runtime that a handle names; undefined where there is none yet. */
export function runtimeIn(handle: JsonObject | null): RuntimeName | undefined {
  return RUNTIMES.find((name) => name === handle?.['runtime']);
}

/**
 * Where a workload belongs that names no runtime: where the state has it, else where it has the others that name none, with which it may share
 * networks and volumes. Another engine that answers first by now must not draw it away from its data.
 */
export function recordedRuntime(snapshot: Snapshot | undefined, id: string): RuntimeName | undefined {
  const records = snapshot?.workloads ?? {};
  const own = Object.hasOwn(records, id) ? records[id] : undefined;
  if (own !== undefined && runtimeIn(own.handle) !== undefined) return runtimeIn(own.handle);
  for (const record of Object.values(records)) {
    const runtime = namesNone(record) ? runtimeIn(record.handle) : undefined;
    if (runtime !== undefined) return runtime;
  }
  return undefined;
}

const namesNone = ({ spec: { container, network, volume } }: WorkloadRecord): boolean =>
  (container ?? network ?? volume)?.runtime === undefined;
