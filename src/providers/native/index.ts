import type { Sighting } from '../../agent/calls.ts';
import { keyOf } from '../../agent/entry.ts';
import { logFiles } from '../../agent/log-files.ts';
import { placesOf } from '../../agent/places.ts';
import { PjError } from '../../errors.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import { detectCgroups } from '../../os/cgroup.ts';
import { type Cared, type CareOptions, openCare } from '../agent/care.ts';
import { orphansWithoutAgent } from '../agent/look.ts';
import { throttleProcess, unthrottledProcess } from '../agent/throttle.ts';
import type { Provider, Target } from '../contract.ts';
import { linesOfFiles } from '../log-lines.ts';
import { isSame } from '../marks.ts';
import { describeProcess } from './adopt.ts';
import { checkNative } from './check.ts';
import { classifyNative, keepsNative } from './classify.ts';
import { foundOf, madeOf, observedOf } from './observed.ts';

/** What the native provider works in. */
export interface NativeOptions extends CareOptions {
  /** The project's name. */
  project: string;
}

/** Processes of this host, run by the project's agent. Reading needs no agent and starts none. */
export function nativeProvider(options: NativeOptions): Provider {
  const { dir, project, env } = options;
  const care = openCare(options);
  const { link, base } = care;
  /** The agent runs machines and JVMs too: those are another provider's. */
  const look = async (signal: AbortSignal): Promise<Sighting[]> =>
    (await care.look(signal)).filter(
      ({ entry: { spec } }) => spec.vm === undefined && spec.jvm === undefined && spec.java === undefined,
    );
  const caredOf = ({ handle, ...target }: Target): Cared => ({ ...target, ...instanceIn(handle) });

  return {
    name: 'native',
    kind: 'native',
    capabilities: { pause: false, logs: true, exec: false, import: true, sideBySide: true },
    probe: async () => {
      const host = detectCgroups();
      const notes = host.reason === undefined ? [] : [`limits: ${host.reason}`];
      return { usable: true, engine: 'processes of this host', version: process.version, notes };
    },
    check: async (workloads) => checkNative(workloads, dir, env),
    classify: classifyNative,
    keeps: (attribute, _through, paths) => keepsNative(attribute, paths),
    async find(identity, { signal }) {
      const found = (await look(signal)).find(({ entry }) => isSame(entry.identity, identity));
      return found === undefined ? undefined : foundOf(found, dir);
    },
    async list({ lineage }, { signal }) {
      const sightings = (await look(signal)).filter(({ entry }) => entry.identity.lineage === lineage);
      const orphans = (await link.ask('orphans', { lineage }, signal)) ?? orphansWithoutAgent(dir, project, lineage);
      return [
        ...sightings.map((one) => ({ identity: one.entry.identity, found: foundOf(one, dir) })),
        ...orphans.map(({ identity, pid, startTime }) => ({
          identity: { ...identity, project },
          found: { handle: { pid, startTime }, attributes: { pid }, status: 'running' as const, whole: false },
        })),
      ];
    },
    async read(records, { signal }) {
      const sightings = await look(signal);
      const byInstance = new Map(sightings.map((one) => [one.entry.instance, one]));
      const byKey = new Map(sightings.map((one) => [keyOf(one.entry.identity), one]));
      return records.map((record) => {
        const instance = record.handle?.['instance'];
        // By instance first: what was renamed (`moved`) is still known by its old id.
        const seen = (typeof instance === 'string' ? byInstance.get(instance) : undefined) ?? byKey.get(keyOf(record));
        return observedOf(record, seen, dir);
      });
    },
    create: async (target, context) => madeOf(await care.create(caredOf(target), context), dir),
    start: async (target, context) => madeOf(await care.start(caredOf(target), context), dir),
    update: async (target, _paths, context) => madeOf(await care.update(caredOf(target), context), dir),
    stop: (target, context) => care.stop(caredOf(target), context),
    destroy: (target, { destroyVolumes }, context) => care.destroy(caredOf(target), destroyVolumes, context),
    release: ({ identity, handle }, context) => care.release({ identity, ...instanceIn(handle) }, context),
    logFiles: (record) => Object.values(filesOf(record, dir)),
    logs(record, options, context) {
      const { out, err } = filesOf(record, dir);
      return linesOfFiles(record.id, { stdout: out, stderr: err }, options, context);
    },
    async sample(records, context) {
      const sightings = await look(context.signal);
      const wanted = records.flatMap((record) => {
        const sighting = sightings.find(({ entry }) => entry.instance === record.handle?.['instance']);
        return sighting === undefined ? [] : [{ id: record.id, sighting }];
      });
      return care.sample(wanted, context);
    },
    async places(records, { signal }) {
      const sightings = await look(signal);
      const host = detectCgroups();
      return records.flatMap((record) => {
        const seen = sightings.find(({ entry }) => entry.instance === record.handle?.['instance']);
        const places = seen && placesOf(seen.entry, host, dir);
        return places === undefined ? [] : [{ ...places, id: record.id }];
      });
    },
    unthrottled: (resource) => unthrottledProcess(resource),
    async throttle(record, throttle, { signal }) {
      const instance = record.handle?.['instance'];
      const sighting = (await look(signal)).find(({ entry }) => entry.instance === instance);
      return throttleProcess(sighting, throttle);
    },
    async adopt({ identity, engineId, spec }, { signal }) {
      const described = describeProcess(identity.id, engineId, spec, dir, base['PATH'] ?? '');
      const call = {
        identity,
        spec: described.whole,
        ...(spec === undefined ? {} : { stored: described.recorded }),
        specDigest: '',
        base,
        pid: described.pid,
      };
      const sighting = await link.call('adopt', call, { signal });
      return { spec: described.recorded, made: madeOf(sighting, dir) };
    },
    watch: (context) => care.watch(context),
    close: () => care.close(),
  };
}

/** The instance that a handle names; a handle of another shape is not ours. */
function instanceIn(handle: Target['handle']): { instance?: string } {
  const instance = handle?.['instance'];
  if (handle !== null && instance !== undefined && typeof instance !== 'string') {
    throw new PjError('PJ5304', { id: JSON.stringify(instance) });
  }
  return typeof instance === 'string' ? { instance } : {};
}

/** The files that a record's output goes to: as it was told when it was started, else by its id. */
function filesOf(record: WorkloadRecord, dir: string): { out: string; err: string } {
  const told = record.attributes['logFiles'];
  const [out, err] = Array.isArray(told) ? told : [];
  return typeof out === 'string' && typeof err === 'string' ? { out, err } : logFiles(dir, record.id);
}
