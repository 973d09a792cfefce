import type { WorkloadRecord } from '../../../model/record.ts';
import type { Usage } from '../../contract.ts';
import type { Lxc } from './engine.ts';
import { groupOf } from './groups.ts';

/** Tells what containers use now. Cpu is of the time since it was asked last, so the first answer has none. */
export function usageMeter(): (lxc: Lxc, records: readonly WorkloadRecord[]) => Usage[] {
  const before = new Map<string, { usec: number; at: number }>();
  return (lxc, records) =>
    records.flatMap((record) => {
      const group = groupOf(lxc.host, String(record.handle?.['name']));
      if (!group.exists()) return [];
      const { cpuUsec, memory, pids } = group.usage();
      const at = performance.now();
      const last = before.get(record.id);
      before.set(record.id, { usec: cpuUsec, at });
      // It was started anew meanwhile where it counts less than before.
      const known = last !== undefined && cpuUsec >= last.usec && at > last.at;
      const cpu = known ? { cpu: (cpuUsec - last.usec) / 1000 / (at - last.at) } : {};
      return [{ id: record.id, ...cpu, memory, processes: pids }];
    });
}
