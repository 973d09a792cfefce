import { keyOf } from '../../../agent/entry.ts';
import { openHosts } from '../../../jvm/hosts.ts';
import { findJava } from '../../../os/jdk.ts';
import { type Care, openCare } from '../../agent/care.ts';
import { hear, hostAmong } from '../../jvm/host.ts';
import { findJar } from '../jars.ts';
import type { JavaOptions, JavaRuntime } from '../runtime.ts';
import { create, destroy, release, start, stop, update } from './actions.ts';
import { checkShared } from './check.ts';
import { foundOf, observedOf } from './observed.ts';
import { sampler } from './sample.ts';
import { throttleApplication } from './throttle.ts';
import { hostIds, hostIn, hostOf, instanceIn, locate, look, lookingAt, stateIn, type Workshop } from './workshop.ts';

/** Applications in host JVMs: the project's agent keeps what is wanted, their hosts do it and say what is. */
export function sharedRuntime(options: JavaOptions, care: Care = openCare(options)): JavaRuntime {
  const { dir, env, project } = options;
  const hosts = openHosts();
  const shop: Workshop = { options, dir, env, care, hosts, looking: lookingAt(care, dir) };

  return {
    name: 'shared',
    async probe() {
      const java = findJava(undefined, { env, dir });
      const unusable = { usable: false as const, engine: 'java' };
      if (java.reason !== undefined)
        return { ...unusable, reason: java.reason, install: 'apt-get install openjdk-17-jre-headless' };
      if (findJar('jvm-host.jar', env) === undefined) {
        const install = 'apt-get install openjdk-17-jdk-headless, then `npm run build`';
        return { ...unusable, reason: 'the program of host JVMs was not built (jvm-host.jar)', install };
      }
      return { usable: true, engine: `Java (${java.vendor || java.home})`, version: java.version, notes: [] };
    },
    applications: {
      check: async (workloads, _context, state, all) => checkShared(workloads, { dir, env, state, all }),
      async find(identity, context, handle) {
        const located = await locate(shop, { identity, handle: handle ?? null }, context);
        return foundOf(located, identity.id, dir);
      },
      async list({ lineage }, context) {
        const looked = await look(shop, context);
        const { sightings, tenants } = looked;
        const mine = tenants.filter(({ entry }) => entry.identity.lineage === lineage);
        const kept = mine.map(({ entry }) => entry.identity);
        const instances = new Set(mine.map(({ entry }) => entry.instance));
        const told = await Promise.all(hostIds(sightings).map((id) => hear(shop, hostAmong(sightings, id), context)));
        const left = told
          .flatMap((one) => (one === undefined || one instanceof Error ? [] : one.apps))
          .filter((app) => app.lineage === lineage && !instances.has(app.instance))
          .map(({ id, generation }) => ({ project, lineage, id, generation }));
        const all = await Promise.all(
          [...kept, ...left].map(async (identity) => {
            const found = foundOf(await locate(shop, { identity, handle: null }, context, looked), identity.id, dir);
            return found === undefined ? [] : [{ identity, found }];
          }),
        );
        return all.flat();
      },
      async read(records, context) {
        const { sightings, tenants } = await look(shop, context);
        const byInstance = new Map(tenants.map((one) => [one.entry.instance, one]));
        const byKey = new Map(tenants.map((one) => [keyOf(one.entry.identity), one]));
        const tenantOf = (record: (typeof records)[number]) =>
          byInstance.get(instanceIn(record.handle) ?? '') ?? byKey.get(keyOf(record));
        const hostIdOf = (record: (typeof records)[number]) =>
          tenantOf(record)?.entry.inside.id ?? hostIn(record.handle) ?? hostOf(record.spec);
        // One round trip a host, however many applications are in it.
        const ids = [...new Set(records.map(hostIdOf))];
        const answers = new Map(
          await Promise.all(
            ids.map(async (id) => {
              const host = hostAmong(sightings, id);
              return [id, { host, told: await hear(shop, host, context) }] as const;
            }),
          ),
        );
        return records.map((record) => {
          const tenant = tenantOf(record);
          const hostId = hostIdOf(record);
          const { host, told } = answers.get(hostId) ?? { host: undefined, told: undefined };
          // Whose state a record is of stands in what the agent keeps, or in the host's own.
          const lineage = tenant?.entry.identity.lineage ?? host?.entry.identity.lineage ?? '';
          const identity = { project, lineage, id: record.id, generation: record.generation };
          const state = stateIn(told, identity, tenant);
          return observedOf(record, { hostId, host, told, tenant, state }, dir);
        });
      },
      create: (target, context) => create(shop, target, context),
      start: (target, context) => start(shop, target, context),
      stop: (target, context) => stop(shop, target, context),
      update: (target, paths, context) => update(shop, target, paths, context),
      destroy: (target, how, context) => destroy(shop, target, how, context),
      release: (target, context) => release(shop, target, context),
      sample: sampler(shop),
      throttle: (record, throttle, context) => throttleApplication(shop, record, throttle, context),
      watch: (context) => care.watch(context),
    },
    async close() {
      hosts.close();
      await care.close();
    },
  };
}
