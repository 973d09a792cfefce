import { PjError } from '../../errors.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Observed } from '../../model/observed.ts';
import type { Identity, Snapshot, WorkloadRecord } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';
import type { VmRuntimeName } from '../../model/vm-spec.ts';
import type { Workload } from '../../model/workload.ts';
import { plainLine } from '../../os/plain-line.ts';
import type {
  CallContext,
  Capabilities,
  Finding,
  KernelPlaces,
  Provider,
  Snapshots,
  Target,
  Usage,
} from '../contract.ts';
import { checkEnforcement } from '../enforcement.ts';
import { linesOfFiles } from '../log-lines.ts';
import type { Machines, VmRuntime } from './runtime.ts';
import { type Asked, runtimeIn, uriIn, type VmRuntimes } from './runtimes.ts';
import { recordTarget, snapshotFindings, touchesSnapshots } from './snapshot-rules.ts';
import { unthrottledVm } from './unthrottled.ts';

const PASSPHRASE = /^\/vm\/disks\/(\d+)\/encryption\/passphrase$/;

type VmRules = Pick<Provider, 'classify' | 'dataIn'> & { capabilities: Capabilities };

/** The provider over both runtimes: each call goes to the one that the handle names, else the spec, else the first that answers. */
export function vmProviderOver(runtimes: VmRuntimes, rules: VmRules, project: string): Provider {
  const asked = (spec: Spec, handle: JsonObject | null = null): Asked => ({
    name: runtimeIn(handle) ?? spec.vm?.runtime,
    uri: uriIn(handle, spec),
  });
  const runtimeOf = (of: { id: string; handle: JsonObject | null; spec: Spec }, context: CallContext) =>
    runtimes.usable(asked(of.spec, of.handle), of.id, context);
  const forTarget = async (target: Target, context: CallContext): Promise<Machines> =>
    (await runtimeOf({ ...target, id: target.identity.id }, context)).machines;
  const forRecord = async (record: WorkloadRecord, context: CallContext): Promise<Machines> =>
    (await runtimeOf(record, context)).machines;
  /** What is not found on a runtime that cannot be asked is not gone: throws PJ5501 where that one is down that has it, or all are. */
  const whoMayHave = async (id: string, handle: JsonObject | null, context: CallContext): Promise<VmRuntime[]> => {
    const known = asked({}, handle);
    const answering = known.name === undefined ? await runtimes.all(context) : [];
    return answering.length > 0 ? answering : [await runtimes.usable(known, id, context)];
  };
  /** Where nobody knows which runtime has it, whoever answers is asked. */
  const whoHas = async (target: Target, context: CallContext): Promise<Machines | undefined> => {
    const { name, uri } = asked(target.spec, target.handle);
    if (name !== undefined || uri !== undefined) return forTarget(target, context);
    for (const { machines } of await runtimes.all(context))
      if ((await machines.find(target.identity, context, target.handle)) !== undefined) return machines;
    return undefined;
  };
  const must = <K extends keyof Machines>(
    machines: Machines,
    call: K,
    of: { id: string; handle: JsonObject | null },
  ): NonNullable<Machines[K]> => {
    const found = machines[call];
    if (found === undefined || found === null)
      throw new PjError('PJ5502', { id: of.id, runtime: runtimeIn(of.handle) ?? 'its runtime', action: String(call) });
    return found as NonNullable<Machines[K]>;
  };
  const snapshots = async (target: Target, context: CallContext): Promise<Snapshots> =>
    must(await forTarget(target, context), 'snapshots', { id: target.identity.id, handle: target.handle });
  /** What the snapshots of a machine that is to change forbid. */
  const forbidden = async (
    workload: Workload,
    state: Snapshot | null | undefined,
    context: CallContext,
  ): Promise<Finding[]> => {
    const record = state?.workloads[workload.id];
    if (!state || !record?.handle || !touchesSnapshots(record, workload)) return [];
    try {
      const { snapshots: kept } = await forRecord(record, context);
      const target = recordTarget(record, { project, lineage: state.lineage });
      return snapshotFindings((await kept?.list(target, context)) ?? [], record, workload);
    } catch (thrown) {
      if (!(thrown instanceof PjError)) throw thrown;
      return [{ severity: 'warning', message: `what its snapshots forbid cannot be told: ${thrown.message}` }];
    }
  };

  /** What each runtime tells of those records that are on it. */
  const byRuntime = async <T>(
    records: WorkloadRecord[],
    ask: (machines: Machines, some: WorkloadRecord[]) => Promise<T[]>,
  ): Promise<T[]> => {
    const all: T[] = [];
    for (const name of new Set(records.map((record) => runtimeIn(record.handle)))) {
      if (name === undefined) continue;
      const some = records.filter((record) => runtimeIn(record.handle) === name);
      all.push(...(await ask((await runtimes.get(name)).machines, some)));
    }
    return all;
  };

  return {
    name: 'vm',
    kind: 'vm',
    ...rules,
    async probe(context) {
      const answers = await Promise.all([runtimes.probe('libvirt', context), runtimes.probe('qemu', context)]);
      const [first, ...others] = answers.filter((one) => one.usable);
      const missing = answers.flatMap((one) => (one.usable ? [] : [`${one.engine}: ${one.reason}`]));
      if (first !== undefined) {
        const more = others.map(({ engine, version }) => `${engine} ${version}`);
        return { ...first, notes: [...first.notes, ...more, ...missing] };
      }
      const install = answers.flatMap((one) => (one.usable ? [] : [one.install]));
      return { usable: false, engine: 'virtual machines', reason: missing.join('; '), install: install.join(' ') };
    },
    async check(workloads, context, state) {
      const findings = new Map<string, Finding[]>();
      const groups = new Map<VmRuntime, Workload[]>();
      for (const workload of workloads) {
        const handle = state?.workloads[workload.id]?.handle ?? null;
        try {
          // Where it is; of one that is to be made, where it is to be.
          const where = asked(workload.spec, workload.spec.vm?.runtime === undefined ? handle : null);
          const runtime = await runtimes.usable(where, workload.id, context);
          groups.set(runtime, [...(groups.get(runtime) ?? []), workload]);
        } catch (thrown) {
          if (!(thrown instanceof PjError)) throw thrown;
          findings.set(workload.id, [
            { severity: 'error', message: thrown.message, hint: thrown.advice ?? thrown.hint },
          ]);
        }
      }
      const told = await Promise.all([...groups].map(([{ machines }, some]) => machines.check(some, context, state)));
      for (const map of told) for (const [id, some] of map) findings.set(id, some);
      for (const workload of workloads) {
        const { runtime = runtimeIn(state?.workloads[workload.id]?.handle ?? null), ...vm } = workload.spec.vm ?? {};
        const machine = { vm: { ...vm, ...(runtime === undefined ? {} : { runtime }) } };
        const some = [
          ...(await forbidden(workload, state, context)),
          ...checkEnforcement(workload.spec.resources, (resource) => unthrottledVm(resource, machine)),
        ];
        if (some.length > 0) findings.set(workload.id, [...(findings.get(workload.id) ?? []), ...some]);
      }
      return findings;
    },
    async find(identity: Identity, context, handle) {
      for (const { machines } of await whoMayHave(identity.id, handle ?? null, context)) {
        const found = await machines.find(identity, context, handle);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    async list(project, context) {
      const lists = await Promise.all(
        (await runtimes.all(context)).map(({ machines }) => machines.list(project, context)),
      );
      return lists.flat();
    },
    async read(records, context) {
      const groups = new Map<VmRuntimeName, WorkloadRecord[]>();
      for (const record of records) {
        const name = runtimeIn(record.handle);
        if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), record]);
      }
      const read = await Promise.all(
        // A runtime that does not answer says so by itself: no time for a probe before.
        [...groups].map(async ([name, some]) => (await runtimes.get(name)).machines.read(some, context)),
      );
      const seen = new Map(read.flat().map((one) => [one.id, one]));
      return records.map((record) => seen.get(record.id) ?? goneOf(record));
    },
    create: async (target, context) => (await forTarget(target, context)).create(target, context),
    start: async (target, context) => (await forTarget(target, context)).start(target, context),
    async update(target, paths, context) {
      const changed = paths.flatMap((path) => PASSPHRASE.exec(path)?.[1] ?? []);
      if (changed[0] !== undefined && target.handle !== null) {
        const disk = target.spec.vm?.disks?.[Number(changed[0])];
        const reason =
          'its image keeps the passphrase that it was made with: take that one back, or give the disk a new path';
        throw new PjError('PJ5507', { disk: disk?.path ?? disk?.volume ?? changed[0], id: target.identity.id, reason });
      }
      return (await forTarget(target, context)).update(target, paths, context);
    },
    stop: async (target, context) => (await whoHas(target, context))?.stop(target, context),
    destroy: async (target, options, context) => (await whoHas(target, context))?.destroy(target, options, context),
    pause: async (target, context) =>
      must(await forTarget(target, context), 'pause', { ...target, id: target.identity.id })(target, context),
    resume: async (target, context) =>
      must(await forTarget(target, context), 'resume', { ...target, id: target.identity.id })(target, context),
    health(record, spec, context) {
      const type = spec.healthCheck?.type;
      if (type !== 'exec' && type !== 'engine') return undefined;
      return forRecord(record, context).then(
        async (machines) =>
          (await machines.health?.(record, spec, context)) ?? { healthy: false, reason: 'its runtime asks no guest' },
      );
    },
    async *logs(record, options, context) {
      const [serial] = serialOf(record);
      if (serial === undefined) throw new PjError('PJ5516', { id: record.id, reason: 'it keeps no serial log here' });
      // Whoever draws on it has another terminal in mind.
      yield* linesOfFiles(record.id, { stdout: serial }, options, context, plainLine);
    },
    logFiles: serialOf,
    exec: async (record, argv, streams, context) =>
      must(await forRecord(record, context), 'exec', record)(record, argv, streams, context),
    console: async (record, streams, context) =>
      must(await forRecord(record, context), 'console', record)(record, streams, context),
    snapshots: {
      create: async (target, how, context) => (await snapshots(target, context)).create(target, how, context),
      list: async (target, context) => (await snapshots(target, context)).list(target, context),
      revert: async (target, name, context) => (await snapshots(target, context)).revert(target, name, context),
      delete: async (target, name, context) => (await snapshots(target, context)).delete(target, name, context),
    },
    unthrottled: (resource, spec) => unthrottledVm(resource, spec),
    throttle: async (record, throttle, context) => {
      const name = runtimeIn(record.handle);
      if (name === undefined) return {};
      return (await (await runtimes.get(name)).machines.throttle?.(record, throttle, context)) ?? {};
    },
    sample: (records, context) =>
      byRuntime<Usage>(records, async (machines, some) => (await machines.sample?.(some, context)) ?? []),
    places: (records, context) =>
      byRuntime<KernelPlaces>(records, async (machines, some) => (await machines.places?.(some, context)) ?? []),
    engineOf: ({ handle, spec }) => `${runtimeIn(handle) ?? ''} ${uriIn(handle, spec) ?? ''}`.trim(),
    async adopt(target, context) {
      const runtime = await runtimes.usable(asked(target.spec ?? {}), target.identity.id, context);
      return must(runtime.machines, 'adopt', { id: target.identity.id, handle: null })(target, context);
    },
    async release(target, context) {
      const name = runtimeIn(target.handle);
      if (name !== undefined) await (await runtimes.get(name)).machines.release?.(target, context);
    },
    async watch(context) {
      await (await runtimes.get('qemu')).machines.watch?.(context);
    },
    expect(workloads, context) {
      // Whoever needs it hears why it is not there.
      const all = workloads.map(({ spec }) => asked(spec));
      for (const { name = 'libvirt', uri } of all)
        runtimes.probe(name, context, name === 'libvirt' ? uri : undefined).catch(() => undefined);
    },
    close: () => runtimes.close(),
  };
}

/** Where the serial console of a record is written to on this host. */
function serialOf({ attributes }: WorkloadRecord): string[] {
  const told = attributes['logFiles'];
  return Array.isArray(told) ? told.filter((one) => typeof one === 'string') : [];
}

const goneOf = (record: WorkloadRecord): Observed => ({
  id: record.id,
  status: 'gone',
  fields: {},
  attributes: {},
  handle: null,
});
