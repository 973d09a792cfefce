import type { WorkloadRecord } from '../../../model/record.ts';
import type { Usage } from '../../contract.ts';
import type { Machines } from '../runtime.ts';
import type { LibvirtContext } from './context.ts';
import { type Stats, statsIn } from './domain/see.ts';

const STATS = [
  'domstats',
  '--raw',
  '--nowait',
  ...['--cpu-total', '--balloon', '--vcpu', '--block', '--interface'],
  '--list-active',
];
const KIB = 1024;

/** What machines use: one call for all of one connection. */
export function domainSample(ctx: LibvirtContext): NonNullable<Machines['sample']> {
  /** Seconds of processor time, and when. ms */
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
    if (stats === undefined) {
      before.delete(id);
      return [];
    }
    const usage: Usage = { id, ...countersIn(stats) };
    const total = usage.cpuSeconds;
    if (total === undefined) return [usage];
    const last = before.get(id);
    before.set(id, { cpu: total, at });
    // A start in between begins to count from 0.
    if (last === undefined || at <= last.at || total < last.cpu) return [usage];
    return [{ ...usage, cpu: ((total - last.cpu) * 1000) / (at - last.at) }];
  }
}

/** What domstats tells of one machine. Memory is that of its QEMU; the working set what the guest itself does not have to spare, where it tells. */
export function countersIn(stats: Stats): Omit<Usage, 'id' | 'cpu'> {
  const at = (key: string): number | undefined => {
    const value = Number(stats[key] ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  };
  const sum = (group: string, key: string): number | undefined => {
    const values = Array.from({ length: at(`${group}.count`) ?? 0 }, (_, i) => at(`${group}.${i}.${key}`));
    return values.some((value) => value !== undefined) ? values.reduce<number>((a, b) => a + (b ?? 0), 0) : undefined;
  };
  const kib = (key: string): number | undefined => times(at(key), KIB);
  const [rss, assigned, spare, available] = ['rss', 'current', 'usable', 'available'].map((key) =>
    kib(`balloon.${key}`),
  );
  const inUse = available === undefined || spare === undefined ? undefined : Math.max(0, available - spare);
  const cpu = at('cpu.time');
  return defined({
    cpuSeconds: times(cpu, 1e-9),
    cpuLimit: at('vcpu.current'),
    memory: rss,
    workingSet: inUse ?? rss,
    memoryLimit: assigned,
    diskRead: sum('block', 'rd.bytes'),
    diskWritten: sum('block', 'wr.bytes'),
    // Of a file the blocks that it takes; `allocation` is how far the guest has written, 0 in an image that it only reads.
    diskUsed: sum('block', 'physical'),
    networkReceived: sum('net', 'rx.bytes'),
    networkSent: sum('net', 'tx.bytes'),
  });
}

const times = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor;

function defined<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
