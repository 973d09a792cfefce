import { placesOf } from '../../../agent/places.ts';
import { removeStaleSockets } from '../../../jvm/attach.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import { detectCgroups } from '../../../os/cgroup.ts';
import { findJava } from '../../../os/jdk.ts';
import { openCare } from '../../agent/care.ts';
import { throttleProcess } from '../../agent/throttle.ts';
import type { CallContext, Made, Target } from '../../contract.ts';
import type { JavaOptions, JavaRuntime } from '../runtime.ts';
import { checkOwn } from './check.ts';
import { foundOf, madeOf, observedOf } from './observed.ts';
import { policyIn, policyPath, removePolicy } from './policy-file.ts';
import { heapAmong, heapUsage } from './usage.ts';
import { caredOf, find, isOwn, lookFor, type Workshop } from './workshop.ts';

/** Applications with a JVM of their own: processes of the project's agent. */
export function ownRuntime(options: JavaOptions): JavaRuntime {
  const { dir, env } = options;
  const care = openCare(options);
  const shop: Workshop = { options, care };
  const named = ({ identity, handle }: Pick<Target, 'identity' | 'handle'>) => {
    const instance = handle?.['instance'];
    return { identity, ...(typeof instance === 'string' ? { instance } : {}) };
  };
  /** A policy that was written under the name that it had before, or that it needs no more. */
  const tidy = (target: Target, before: string | undefined, cared: { spec: Target['spec'] }) => {
    const now = policyIn(dir, cared.spec.native?.args);
    for (const path of [before, policyPath(dir, target.identity)])
      if (path !== undefined && path !== now) removePolicy(path);
  };
  const act = async (call: 'create' | 'start' | 'update', target: Target, context: CallContext): Promise<Made> => {
    const sightings = await care.look(context.signal);
    const { instance } = named(target);
    const there = sightings.find(({ entry }) => entry.instance === instance) ?? find(sightings, target.identity);
    const stays = there?.alive === true && (call === 'update' || there.entry.specDigest === target.specDigest);
    const cared = caredOf(shop, target, stays ? there : undefined);
    const sighting = await care[call](cared, context);
    if (call === 'start') await removeStaleSockets();
    // One that runs has read its policy; one that the agent starts again has the new one in its arguments.
    tidy(target, policyIn(dir, there?.entry.spec.native?.args), cared);
    return madeOf(sighting, dir);
  };

  return {
    name: 'own',
    async probe() {
      const java = findJava(undefined, { env, dir });
      const limits = detectCgroups().reason;
      const notes = limits === undefined ? [] : [`limits: ${limits}`];
      if (java.reason === undefined)
        return { usable: true, engine: `Java (${java.vendor || java.home})`, version: java.version, notes };
      return { usable: false, engine: 'java', reason: java.reason, install: 'apt-get install openjdk-17-jre-headless' };
    },
    applications: {
      check: async (workloads) => checkOwn(workloads, options),
      async find(identity, context) {
        const found = await lookFor(shop, identity, context);
        return found === undefined ? undefined : foundOf(found, dir);
      },
      async list({ lineage }, { signal }) {
        const sightings = (await care.look(signal)).filter(
          (one) => isOwn(one) && one.entry.identity.lineage === lineage,
        );
        return sightings.map((one) => ({ identity: one.entry.identity, found: foundOf(one, dir) }));
      },
      async read(records, { signal }) {
        const sightings = (await care.look(signal)).filter(isOwn);
        return records.map((record) => observedOf(record, sightingOf(record, sightings), dir));
      },
      create: (target, context) => act('create', target, context),
      start: (target, context) => act('start', target, context),
      update: (target, _paths, context) => act('update', target, context),
      stop: (target, context) => care.stop({ ...target, ...named(target) }, context),
      async destroy(target, { destroyVolumes }, context) {
        const there = await lookFor(shop, target.identity, context);
        await care.destroy({ ...target, ...named(target) }, destroyVolumes, context);
        for (const path of [policyIn(dir, there?.entry.spec.native?.args), policyPath(dir, target.identity)])
          if (path !== undefined) removePolicy(path);
        await removeStaleSockets();
      },
      release: (target, context) => care.release(named(target), context),
      watch: (context) => care.watch(context),
      async throttle(record, throttle, { signal }) {
        return throttleProcess(sightingOf(record, (await care.look(signal)).filter(isOwn)), throttle);
      },
      async places(records, context) {
        const sightings = (await care.look(context.signal)).filter(isOwn);
        const host = detectCgroups();
        return records.flatMap((record) => {
          const seen = sightingOf(record, sightings);
          const places = seen && placesOf(seen.entry, host, dir);
          return places === undefined ? [] : [{ ...places, id: record.id }];
        });
      },
      inside: async (running) => running.map(({ record: { id }, pids }) => ({ id, ...heapAmong(pids) })),
      async sample(records, context) {
        const sightings = (await care.look(context.signal)).filter(isOwn);
        const wanted = records.flatMap((record) => {
          const sighting = sightingOf(record, sightings);
          return sighting === undefined ? [] : [{ id: record.id, sighting }];
        });
        const usage = await care.sample(wanted, context);
        const pids = new Map(wanted.map(({ id, sighting }) => [id, sighting.pid]));
        return Promise.all(
          usage.map(async (one) => {
            const pid = pids.get(one.id) ?? null;
            return pid === null ? one : { ...one, ...(await heapUsage(pid)) };
          }),
        );
      },
    },
    close: () => care.close(),
  };
}

type Sightings = Parameters<typeof find>[0];

/** By instance first: what was renamed (`moved`) is still known by its old id. */
const sightingOf = (record: WorkloadRecord, sightings: Sightings) =>
  sightings.find(({ entry }) => entry.instance === record.handle?.['instance']) ??
  sightings.find(({ entry: { identity } }) => identity.id === record.id && identity.generation === record.generation);
