import type { WorkloadRecord } from '../../../model/record.ts';
import type { Usage } from '../../contract.ts';
import type { Machines } from '../runtime.ts';
import type { LibvirtContext } from './context.ts';
import { type Stats, statsIn } from './domain/see.ts';

const STATS = ['domstats', '--raw', '--nowait', '--cpu-total', '--balloon', '--vcpu', '--list-active'];
const KIB = 1024;

/** What machines use: one call for all of one connection. */
export function domainSample(ctx: LibvirtContext): NonNullable<Machines['sample']> {
  /** Nanoseconds of processor time, and when. */
  const before = new Map<string, { cpu: number; at: number }>();
  return async (records, context) => {
    const uris = new Set(records.map((record) => ctx.uriOf(record)));
    const all = await Promise.all(
      [...uris].map(async (uri) => {
        const told = await ctx.virsh(uri).call(STATS, { action: 'sample', id: 'machines' }, context);
        const stats = statsIn(told);
        const at = performance.now();
        return records
          .filter((record) => ctx.uriOf(record) === uri)
          .flatMap((record) => usageOf(record, stats.get(String(record.handle?.['name'])), at));
      }),
    );
    return all.flat();
  };

  function usageOf({ id }: WorkloadRecord, stats: Stats | undefined, at: number): Usage[] {
    if (stats === undefined) return [];
    const total = Number(stats['cpu.time'] ?? Number.NaN);
    const last = before.get(id);
    if (!Number.isNaN(total)) before.set(id, { cpu: total, at });
    const cpu = last === undefined || at <= last.at ? undefined : (total - last.cpu) / ((at - last.at) * 1e6);
    const memory = Number(stats['balloon.rss'] ?? Number.NaN);
    return [
      {
        id,
        ...(cpu === undefined || Number.isNaN(cpu) ? {} : { cpu: Math.max(0, cpu) }),
        ...(Number.isNaN(memory) ? {} : { memory: memory * KIB }),
      },
    ];
  }
}
