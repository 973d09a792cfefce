import { logFiles } from '../../agent/log-files.ts';
import { placesOf } from '../../agent/places.ts';
import { openHosts } from '../../jvm/hosts.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import { detectCgroups } from '../../os/cgroup.ts';
import { findJava } from '../../os/jdk.ts';
import { type CareOptions, openCare } from '../agent/care.ts';
import { throttleProcess, unthrottledProcess } from '../agent/throttle.ts';
import type { Provider } from '../contract.ts';
import { findJar } from '../java/jars.ts';
import { heapAmong } from '../java/own/usage.ts';
import { linesOfFiles } from '../log-lines.ts';
import { destroy, locate, make, start, stop, update, type Workshop } from './actions.ts';
import { checkHosts } from './check.ts';
import { classifyJvm, keepsJvm } from './classify.ts';
import { hear, isHost } from './host.ts';
import { foundOf, observedOf } from './observed.ts';

/** JVMs that applications share: processes of the project's agent, spoken to over a socket. */
export function jvmProvider(options: CareOptions): Provider {
  const { dir, env, pjVersion } = options;
  const care = openCare(options);
  const hosts = openHosts();
  const shop: Workshop = { dir, env, pjVersion, care, hosts };
  const sightingsOf = async (records: WorkloadRecord[], signal: AbortSignal) => {
    const all = (await care.look(signal)).filter(isHost);
    return records.map(
      (record) =>
        all.find(({ entry }) => entry.instance === record.handle?.['instance']) ??
        all.find(({ entry }) => entry.identity.id === record.id && entry.identity.generation === record.generation),
    );
  };

  return {
    name: 'jvm',
    kind: 'jvm',
    capabilities: { pause: false, logs: true, exec: false, import: false, sideBySide: false },
    async probe() {
      const unusable = { usable: false as const, engine: 'host JVMs' };
      const java = findJava(undefined, { env, dir });
      if (java.reason !== undefined)
        return { ...unusable, reason: java.reason, install: 'apt-get install openjdk-17-jre-headless' };
      if (findJar('jvm-host.jar', env) === undefined) {
        const install = 'apt-get install openjdk-17-jdk-headless, then `npm run build`';
        return { ...unusable, reason: 'the program of host JVMs was not built (jvm-host.jar)', install };
      }
      return { usable: true, engine: `Java (${java.vendor || java.home})`, version: java.version, notes: [] };
    },
    check: async (workloads) => checkHosts(workloads, shop),
    classify: classifyJvm,
    keeps: (attribute) => keepsJvm(attribute),
    async find(identity, context, handle) {
      const sighting = await locate(shop, { identity, handle: handle ?? null }, context);
      return sighting === undefined ? undefined : foundOf({ sighting, told: await hear(shop, sighting, context) }, dir);
    },
    async list({ lineage }, context) {
      const mine = (await care.look(context.signal)).filter(
        (one) => isHost(one) && one.entry.identity.lineage === lineage,
      );
      return Promise.all(
        mine.map(async (sighting) => ({
          identity: sighting.entry.identity,
          found: foundOf({ sighting, told: await hear(shop, sighting, context) }, dir),
        })),
      );
    },
    async read(records, context) {
      const sightings = await sightingsOf(records, context.signal);
      return Promise.all(
        records.map(async (record, i) => {
          const sighting = sightings[i];
          const seen = sighting && { sighting, told: await hear(shop, sighting, context) };
          return observedOf(record, seen, dir);
        }),
      );
    },
    create: (target, context) => make(shop, target, context),
    start: (target, context) => start(shop, target, context),
    update: (target, _paths, context) => update(shop, target, context),
    stop: (target, context) => stop(shop, target, context),
    destroy: (target, how, context) => destroy(shop, target, how, context),
    async release(target, context) {
      const there = await locate(shop, target, context);
      if (there === undefined) return;
      await care.release({ identity: target.identity, instance: there.entry.instance }, context);
    },
    logFiles: (record) => Object.values(filesOf(record, dir)),
    logs(record, options, context) {
      const { out, err } = filesOf(record, dir);
      return linesOfFiles(record.id, { stdout: out, stderr: err }, options, context);
    },
    async sample(records, context) {
      const sightings = await sightingsOf(records, context.signal);
      const wanted = records.flatMap(({ id }, i) => {
        const sighting = sightings[i];
        return sighting === undefined ? [] : [{ id, sighting }];
      });
      const usage = await care.sample(wanted, context);
      return Promise.all(
        usage.map(async (one) => {
          const sighting = wanted.find(({ id }) => id === one.id)?.sighting;
          const told = await hear(shop, sighting, context);
          if (told === undefined || told instanceof Error) return one;
          const { heap, threads } = told.host;
          return { ...one, heap: heap.used, heapMax: heap.max, threads };
        }),
      );
    },
    unthrottled: (resource) => unthrottledProcess(resource),
    async throttle(record, throttle, { signal }) {
      return throttleProcess((await sightingsOf([record], signal))[0], throttle);
    },
    async places(records, context) {
      const sightings = await sightingsOf(records, context.signal);
      const host = detectCgroups();
      return sightings.flatMap((seen, i) => {
        const places = seen && placesOf(seen.entry, host, dir);
        return places === undefined ? [] : [{ ...places, id: records[i]?.id ?? '' }];
      });
    },
    inside: async (running) => running.map(({ record: { id }, pids }) => ({ id, ...heapAmong(pids) })),
    watch: (context) => care.watch(context),
    async close() {
      hosts.close();
      await care.close();
    },
  };
}

/** The files that a record's output goes to: as it was told when it was started, else by its id. */
function filesOf(record: WorkloadRecord, dir: string): { out: string; err: string } {
  const told = record.attributes['logFiles'];
  const [out, err] = Array.isArray(told) ? told : [];
  return typeof out === 'string' && typeof err === 'string' ? { out, err } : logFiles(dir, record.id);
}
