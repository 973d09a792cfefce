import { throttledFields } from '../agent/awake/enforcement/in-force.ts';
import type { Listener } from '../model/event.ts';
import { at, type Json } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import type { CallContext } from '../providers/contract.ts';
import type { Engines } from './engines.ts';

/**
 * What the engines say of every record, asked side by side, one call a provider. Limits that the agent's throttles have lowered for now are no drift. Throws
 * what an engine throws that cannot be asked; with `unreachable` that is told, and nothing is said of its workloads.
 */
export async function observe(
  snapshot: Snapshot | undefined,
  engines: Engines,
  dir: string,
  context: CallContext,
  emit: Listener,
  clock: { monotonic(): number },
  unreachable?: (records: readonly WorkloadRecord[], thrown: unknown) => void,
): Promise<Map<string, Observed>> {
  const byProvider = new Map<string, WorkloadRecord[]>();
  for (const record of Object.values(snapshot?.workloads ?? {})) {
    const group = byProvider.get(record.provider);
    if (group === undefined) byProvider.set(record.provider, [record]);
    else group.push(record);
  }
  const seen = new Map<string, Observed>();
  if (byProvider.size === 0) return seen;
  const workloads = Object.keys(snapshot?.workloads ?? {}).length;
  const begun = clock.monotonic();
  emit({ type: 'refresh_start', workloads });
  await Promise.all(
    [...byProvider].map(async ([name, records]) => {
      try {
        const provider = await engines.provider(name);
        for (const one of await provider.read(records, context)) seen.set(one.id, one);
      } catch (thrown) {
        if (unreachable === undefined || context.signal.aborted) throw thrown;
        unreachable(records, thrown);
      }
    }),
  );
  hideThrottles(dir, snapshot, seen);
  emit({ type: 'refresh_complete', workloads, elapsedMs: clock.monotonic() - begun });
  return seen;
}

/** As if they were not throttled: what was applied last stands, for a saved plan that is compared with what is seen too. */
function hideThrottles(dir: string, snapshot: Snapshot | undefined, seen: Map<string, Observed>): void {
  const looks = Object.values(snapshot?.workloads ?? {}).flatMap((record) => {
    const one = seen.get(record.id);
    return one === undefined ? [] : [{ record, fields: one.fields }];
  });
  for (const [id, paths] of throttledFields(dir, looks)) {
    const one = seen.get(id);
    if (one === undefined) continue;
    const spec = snapshot?.workloads[id]?.spec as unknown as Json;
    const fields = Object.entries(one.fields).flatMap(([path, value]): [string, Json][] => {
      if (!paths.includes(path)) return [[path, value]];
      const applied = at(spec, path);
      return applied === undefined ? [] : [[path, applied]];
    });
    seen.set(id, { ...one, fields: Object.fromEntries(fields) });
  }
}
