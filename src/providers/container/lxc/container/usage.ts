import { setTimeout as delay } from 'node:timers/promises';
import type { WorkloadRecord } from '../../../../model/record.ts';
import type { Usage } from '../../../contract.ts';
import type { Lxc } from '../engine.ts';
import { groupOf } from './groups.ts';

/** Younger than this, a sample says nothing about use per second. Milliseconds. */
const SHORTEST = 100;

/** Tells what containers use now. Cpu is of the time since it was asked last; where that is none, of the next tenth of a second. */
export function usageMeter(): (lxc: Lxc, records: readonly WorkloadRecord[]) => Promise<Usage[]> {
  const before = new Map<string, { usec: number; at: number }>();
  return async (lxc, records) => {
    const there = records
      .map((record) => ({ id: record.id, group: groupOf(lxc.host, String(record.handle?.['name'])) }))
      .filter(({ group }) => group.exists());
    const isFresh = (id: string): boolean => performance.now() - (before.get(id)?.at ?? -SHORTEST) < SHORTEST;
    const first = there.filter(({ id }) => !before.has(id) || isFresh(id));
    for (const { id, group } of first) before.set(id, { usec: group.usage().cpuUsec, at: performance.now() });
    if (first.length > 0) await delay(SHORTEST);
    return there.map(({ id, group }) => {
      const { cpuUsec, memory, pids } = group.usage();
      const at = performance.now();
      const last = before.get(id);
      before.set(id, { usec: cpuUsec, at });
      // A start in between begins to count from 0.
      const cpu =
        last === undefined || cpuUsec < last.usec ? {} : { cpu: (cpuUsec - last.usec) / 1000 / (at - last.at) };
      return { id, ...cpu, memory, processes: pids };
    });
  };
}
