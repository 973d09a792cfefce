import { setTimeout as sleep } from 'node:timers/promises';
import type { HostLink } from '../../../jvm/hosts.ts';
import type { AppSample } from '../../../jvm/protocol.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import type { CallContext, Usage } from '../../contract.ts';
import { hostAmong, linkTo } from '../../jvm/host.ts';
import { hostIn, hostOf, instanceIn, look, type Workshop } from './workshop.ts';

/** Younger than this, a sample says nothing about use per second. ms */
const SHORTEST = 100;

type Reading = { sample: AppSample; atMs: number };

/** Where an application is, as long as its host tells of it there. */
interface Place {
  host: string;
  key: string;
  /** Absent: its host does not run. */
  link?: HostLink;
  /** ms; until then it is not looked for again. */
  until: number;
}

/** Between two looks for one that is not where it was. ms */
const LOOK_AGAIN = 2_000;
/** What nobody asked for in so long is forgotten. ms */
const KEPT = 300_000;

/** Samples applications; CPU since the sample before, where there was none over the next tenth of a second. One call a host, two where there was none before. */
export function sampler(shop: Workshop): (records: WorkloadRecord[], context: CallContext) => Promise<Usage[]> {
  const before = new Map<string, Reading>();
  const places = new Map<string, Place>();

  /** The agent is asked only where an application is not known, or no more where it was: it holds for as long as that runs. */
  const placesOf = async (records: readonly WorkloadRecord[], context: CallContext): Promise<(Place | undefined)[]> => {
    const isKnown = (record: WorkloadRecord): boolean => {
      const place = places.get(nameOf(record));
      return place !== undefined && (place.link !== undefined || Date.now() < place.until);
    };
    if (!records.every(isKnown)) {
      const { sightings, tenants } = await look(shop, context);
      for (const record of records) {
        const host = hostIn(record.handle) ?? hostOf(record.spec);
        const tenant = tenants.find(({ entry }) => entry.instance === instanceIn(record.handle));
        const home = tenant?.entry.home ?? record;
        const sighting = hostAmong(sightings, host);
        const link = sighting?.alive === true ? { link: linkTo(shop, host, sighting) } : {};
        places.set(nameOf(record), {
          ...{ host, key: `${home.id}@${home.generation}`, until: Date.now() + LOOK_AGAIN },
          ...link,
        });
      }
      forget();
    }
    return records.map((record) => places.get(nameOf(record)));
  };
  const forget = (): void => {
    for (const [name, { atMs }] of before) if (Date.now() - atMs > KEPT) before.delete(name);
    for (const [name, { until }] of places) if (Date.now() - until > KEPT) places.delete(name);
  };

  const read = async (wanted: readonly Place[], context: CallContext): Promise<Map<string, Reading>> => {
    const readings = new Map<string, Reading>();
    const links = new Map(wanted.flatMap(({ host, link }) => (link === undefined ? [] : [[host, link] as const])));
    await Promise.all(
      [...links].map(async ([id, link]) => {
        const told = await link
          .call('sample', {}, { signal: context.signal })
          .catch(() => context.signal.throwIfAborted());
        for (const sample of told?.apps ?? []) readings.set(`${id}\0${sample.key}`, { sample, atMs: Date.now() });
      }),
    );
    return readings;
  };

  return async (records, context) => {
    const found = await placesOf(records, context);
    const at = (place: Place | undefined): string => `${place?.host}\0${place?.key}`;
    const unknown = found.filter((place): place is Place => {
      const last = before.get(at(place));
      return place?.link !== undefined && (last === undefined || Date.now() - last.atMs < SHORTEST);
    });
    if (unknown.length > 0) {
      for (const [name, reading] of await read(unknown, context)) before.set(name, reading);
      await sleep(SHORTEST);
    }
    const now = await read(
      found.filter((place) => place !== undefined),
      context,
    );
    return records.map((record, i) => {
      const place = found[i];
      const reading = now.get(at(place));
      const last = before.get(at(place));
      if (reading === undefined) {
        // It is looked for again: not each time, where it is nowhere.
        if (place?.link !== undefined)
          places.set(nameOf(record), { host: place.host, key: place.key, until: place.until });
        return { id: record.id };
      }
      if (place !== undefined) place.until = Date.now() + LOOK_AGAIN;
      before.set(at(place), reading);
      const { cpuUsec, threads, classes, allocated, restarts, startedAt, cpu, disk } = reading.sample;
      const usage: Usage = { id: record.id, cpuSeconds: cpuUsec / 1e6, threads, classes, allocated };
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

/** What names the very thing that runs. */
const nameOf = (record: WorkloadRecord): string => instanceIn(record.handle) ?? `${record.id}@${record.generation}`;
