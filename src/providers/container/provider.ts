import { PjError } from '../../errors.ts';
import type { RuntimeName } from '../../model/container-spec.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Observed } from '../../model/observed.ts';
import type { Identity, WorkloadRecord } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';
import type { Workload } from '../../model/workload.ts';
import { unthrottledProcess } from '../agent/throttle.ts';
import type { CallContext, Capabilities, Finding, Found, KernelPlaces, Provider, Target, Usage } from '../contract.ts';
import { runtimeIn } from './recorded-runtime.ts';
import type { Runtime, ThingKind, Things } from './runtime.ts';
import { present, type Runtimes } from './runtimes.ts';

/** What a kind's provider has beside what its runtimes do. */
export type KindRules = Pick<Provider, 'classify' | 'keeps' | 'apart' | 'dataIn'> & { capabilities: Capabilities };

/** The provider of one kind over all runtimes: each call goes to the runtime that the handle names, else the spec, else the first that answers. */
export function providerOver(kind: ThingKind, runtimes: Runtimes, rules: KindRules): Provider {
  const asked = (spec: Spec): RuntimeName | undefined => spec[kind]?.runtime;
  const thingsOf = async (
    of: { id: string; handle: JsonObject | null; spec: Spec },
    context: CallContext,
  ): Promise<{ runtime: Runtime; things: Things }> => {
    const runtime = await runtimes.usable(runtimeIn(of.handle) ?? asked(of.spec), of.id, context);
    return { runtime, things: runtime.things[kind] };
  };
  const forTarget = async (target: Target, context: CallContext): Promise<Things> =>
    (await thingsOf({ ...target, id: target.identity.id }, context)).things;
  /** Where nobody knows which runtime has it, whoever answers is asked. */
  const whoHas = async (target: Target, context: CallContext): Promise<Things | undefined> => {
    if (runtimeIn(target.handle) !== undefined || asked(target.spec) !== undefined) return forTarget(target, context);
    for (const runtime of await runtimes.all(context))
      if ((await runtime.things[kind].find(target.identity, context, target.handle)) !== undefined)
        return runtime.things[kind];
    return undefined;
  };
  /** What is not found on an engine that cannot be asked is not gone: throws PJ5401 where that one is down that has it, or all are. */
  const whoMayHave = async (
    { id }: Identity,
    handle: JsonObject | null,
    context: CallContext,
  ): Promise<readonly Runtime[]> => {
    const name = runtimeIn(handle);
    const answering = name === undefined ? await runtimes.all(context) : [];
    return answering.length > 0 ? answering : [await runtimes.usable(name, id, context)];
  };
  /** The things of the runtime that a record is on. */
  const forRecord = async (record: WorkloadRecord, context: CallContext): Promise<Things> =>
    (await thingsOf(record, context)).things;
  const must = <K extends keyof Things>(things: Things, call: K, id: string): NonNullable<Things[K]> => {
    const found = things[call];
    if (found === undefined) throw new PjError('PJ5402', { id, action: String(call) });
    return found as NonNullable<Things[K]>;
  };

  /** What each runtime tells of those records that are on it. */
  const byRuntime = async <T>(
    records: WorkloadRecord[],
    ask: (things: Things, some: WorkloadRecord[]) => Promise<T[]>,
  ): Promise<T[]> => {
    const all: T[] = [];
    for (const name of new Set(records.map((record) => runtimeIn(record.handle)))) {
      if (name === undefined) continue;
      const some = records.filter((record) => runtimeIn(record.handle) === name);
      all.push(...(await ask((await runtimes.get(name)).things[kind], some)));
    }
    return all;
  };

  /** What only something that runs can do. */
  const whatRuns = (): Partial<Provider> => ({
    pause: async (target, context) =>
      must(await forTarget(target, context), 'pause', target.identity.id)(target, context),
    resume: async (target, context) =>
      must(await forTarget(target, context), 'resume', target.identity.id)(target, context),
    async *logs(record, options, context) {
      yield* must(await forRecord(record, context), 'logs', record.id)(record, options, context);
    },
    health(record, spec, context) {
      const type = spec.healthCheck?.type;
      if (type !== 'exec' && type !== 'engine') return undefined;
      return forRecord(record, context).then(
        async (things) =>
          (await things.health?.(record, spec, context)) ?? {
            healthy: false,
            reason: 'its engine runs no health checks',
          },
      );
    },
    exec: async (record, argv, streams, context) =>
      must(await forRecord(record, context), 'exec', record.id)(record, argv, streams, context),
    sample: (records, context) =>
      byRuntime<Usage>(records, async (things, some) => (await things.sample?.(some, context)) ?? []),
    places: (records, context) =>
      byRuntime<KernelPlaces>(records, async (things, some) => (await things.places?.(some, context)) ?? []),
    engineOf: ({ handle }) => runtimeIn(handle) ?? '',
    // What the runtime of a workload can is known when it is asked (check): here it is what this host's kernel can.
    unthrottled: (resource) => unthrottledProcess(resource),
    throttle: async (record, throttle, context) =>
      (await forRecord(record, context)).throttle?.(record, throttle, context) ?? {},
  });

  return {
    name: kind,
    kind,
    ...rules,
    async probe(context) {
      const answers = await Promise.all(present().map((one) => runtimes.probe(one, context)));
      const usable = answers.filter((one) => one.usable);
      const first = usable[0];
      const missing = answers.flatMap((one) => (one.usable ? [] : [`${one.engine}: ${one.reason}`]));
      if (first !== undefined) {
        const others = usable.slice(1).map((one) => `${one.engine} ${one.version}`);
        return { ...first, notes: [...first.notes, ...others, ...missing] };
      }
      const install = answers.flatMap((one) => (one.usable ? [] : [one.install]));
      return {
        usable: false,
        engine: 'containers',
        reason: missing.join('; '),
        install: [...new Set(install)].join(' '),
      };
    },
    async check(workloads, context, state) {
      const findings = new Map<string, Finding[]>();
      const groups = new Map<Runtime, Workload[]>();
      for (const workload of workloads) {
        try {
          const runtime = await runtimes.usable(asked(workload.spec), workload.id, context);
          groups.set(runtime, [...(groups.get(runtime) ?? []), workload]);
        } catch (thrown) {
          if (!(thrown instanceof PjError)) throw thrown;
          findings.set(workload.id, [{ severity: 'error', message: thrown.message, hint: thrown.hint }]);
        }
      }
      const told = await Promise.all(
        [...groups].map(([runtime, some]) => runtime.things[kind].check(some, context, state)),
      );
      for (const map of told) for (const [id, some] of map) findings.set(id, some);
      return findings;
    },
    async find(identity: Identity, context, handle) {
      for (const runtime of await whoMayHave(identity, handle ?? null, context)) {
        const found = await runtime.things[kind].find(identity, context, handle);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    async list(project, context) {
      const all: { identity: Identity; found: Found }[] = [];
      for (const runtime of await runtimes.all(context))
        all.push(...(await runtime.things[kind].list(project, context)));
      return all;
    },
    async read(records, context) {
      const groups = new Map<RuntimeName, WorkloadRecord[]>();
      const seen = new Map<string, Observed>();
      for (const record of records) {
        const name = runtimeIn(record.handle);
        if (name === undefined) seen.set(record.id, goneOf(record));
        else groups.set(name, [...(groups.get(name) ?? []), record]);
      }
      const read = await Promise.all(
        [...groups].map(async ([name, some]) =>
          (await runtimes.usable(name, '', context)).things[kind].read(some, context),
        ),
      );
      for (const one of read.flat()) seen.set(one.id, one);
      return records.map((record) => seen.get(record.id) ?? goneOf(record));
    },
    create: async (target, context) => (await forTarget(target, context)).create(target, context),
    start: async (target, context) => (await forTarget(target, context)).start(target, context),
    update: async (target, paths, context) => (await forTarget(target, context)).update(target, paths, context),
    stop: async (target, context) => (await whoHas(target, context))?.stop(target, context),
    destroy: async (target, options, context) => (await whoHas(target, context))?.destroy(target, options, context),
    ...(kind === 'container' ? whatRuns() : {}),
    async adopt(target, context) {
      const spec = target.spec ?? {};
      const runtime = await runtimes.usable(asked(spec), target.identity.id, context);
      return must(runtime.things[kind], 'adopt', target.identity.id)(target, context);
    },
    expect(workloads, context) {
      // Whoever needs it hears why it is not there.
      for (const name of new Set(workloads.flatMap(({ spec }) => asked(spec) ?? [])))
        runtimes.probe(name, context).catch(() => undefined);
    },
    close: () => runtimes.close(),
  };
}

const goneOf = (record: WorkloadRecord): Observed => ({
  id: record.id,
  status: 'gone',
  fields: {},
  attributes: {},
  handle: null,
});
