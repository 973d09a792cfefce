import { setTimeout as sleep } from 'node:timers/promises';
import type { AppSample } from '../../../jvm/protocol.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import type { CallContext, Usage } from '../../contract.ts';
import { hostAmong, linkTo } from '../../jvm/host.ts';
import { hostIn, hostOf, instanceIn, look, type Workshop } from './workshop.ts';

/** Younger than this, a sample says nothing about use per second. ms */
const SHORTEST = 100;

type Reading = { sample: AppSample; atMs: number };

/** Samples applications; CPU since the sample before, where there was none over the next tenth of a second. One call a host, two where there was none before. */
export function sampler(shop: Workshop): (records: WorkloadRecord[], context: CallContext) => Promise<Usage[]> {
  const before = new Map<string, Reading>();
  return async (records, context) => {
    const { sightings, tenants } = await look(shop, context);
    const nameOf = (record: WorkloadRecord) => {
      const host = hostIn(record.handle) ?? hostOf(record.spec);
      const tenant = tenants.find(({ entry }) => entry.instance === instanceIn(record.handle));
      const home = tenant?.entry.home ?? record;
      return { id: record.id, host, key: `${home.id}@${home.generation}` };
    };
    const wanted = records.map(nameOf);
    const read = async (hosts: Iterable<string>): Promise<Map<string, Reading>> => {
      const readings = new Map<string, Reading>();
      await Promise.all(
        [...hosts].map(async (id) => {
          const host = hostAmong(sightings, id);
          if (host?.alive !== true) return;
          const told = await linkTo(shop, id, host)
            .call('sample', {}, { signal: context.signal })
            .catch(() => context.signal.throwIfAborted());
          for (const sample of told?.apps ?? []) readings.set(`${id}\0${sample.key}`, { sample, atMs: Date.now() });
        }),
      );
      return readings;
    };
    const at = ({ host, key }: (typeof wanted)[number]) => `${host}\0${key}`;
    const unknown = wanted.filter(
      (one) => Date.now() - (before.get(at(one))?.atMs ?? 0) < SHORTEST || !before.has(at(one)),
    );
    if (unknown.length > 0) {
      for (const [name, reading] of await read(new Set(unknown.map(({ host }) => host)))) before.set(name, reading);
      await sleep(SHORTEST);
    }
    const now = await read(new Set(wanted.map(({ host }) => host)));
    return wanted.map((one) => {
      const reading = now.get(at(one));
      const last = before.get(at(one));
      if (reading === undefined) return { id: one.id };
      before.set(at(one), reading);
      const { cpuUsec, threads, classes, allocated, restarts, startedAt, cpu, disk } = reading.sample;
      const usage: Usage = { id: one.id, cpuSeconds: cpuUsec / 1e6, threads, classes, allocated };
      // A host of an older pj tells less.
      if (restarts !== undefined) usage.restarts = restarts;
      if (startedAt) usage.startedAt = startedAt;
      if (cpu) usage.cpuLimit = cpu;
      if (disk) usage.diskUsed = disk;
      // A start in between begins to count from 0.
      if (last === undefined || cpuUsec < last.sample.cpuUsec || reading.atMs <= last.atMs) return usage;
      return { ...usage, cpu: (cpuUsec - last.sample.cpuUsec) / 1000 / (reading.atMs - last.atMs) };
    });
  };
}
