import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { placesOf } from '../../../agent/places.ts';
import { PjError } from '../../../errors.ts';
import type { Identity, WorkloadRecord } from '../../../model/record.ts';
import { detectCgroups } from '../../../os/cgroup.ts';
import { openCare } from '../../agent/care.ts';
import type { CallContext, Found, Unusable } from '../../contract.ts';
import { openDisks } from '../disks/disks.ts';
import { readFolders } from '../folder.ts';
import type { GuestAgent } from '../guest/agent.ts';
import { guestExec } from '../guest/exec.ts';
import { guestHealth } from '../guest/health.ts';
import type { VmOptions, VmRuntime } from '../runtime.ts';
import { create, destroy, retake, start, stop } from './actions.ts';
import { checkMachines } from './check.ts';
import { joinConsole } from './console.ts';
import { findQemu, type Qemu } from './engine.ts';
import { guestAgentAt } from './guest-agent.ts';
import { changeLive } from './live.ts';
import { attributesOf, observedOf, statusNow } from './observed.ts';
import { inParallel } from './parallel.ts';
import { withQmp } from './qmp.ts';
import { machineSnapshots } from './snapshots.ts';
import { tapsOf } from './taps.ts';
import { throttleMachine } from './throttle.ts';
import {
  handleOf,
  isMachine,
  type Located,
  locate,
  locateAmong,
  locateRecord,
  refused,
  see,
  type Workshop,
} from './workshop.ts';

/** Connections to monitors at the same time. */
const ASKED_AT_ONCE = 8;

/** QEMU alone: the agent runs it, and it is spoken to over QMP. */
export function qemuRuntime(options: VmOptions): VmRuntime {
  const care = openCare(options);
  let looked: Promise<Qemu | Unusable> | undefined;
  const look = (context: CallContext): Promise<Qemu | Unusable> => {
    looked ??= findQemu(options, context).catch((error: unknown) => {
      looked = undefined;
      throw error;
    });
    return looked;
  };
  const shop: Workshop = {
    options,
    care,
    disks: openDisks({ dir: options.dir, local: true }),
    async qemu(context) {
      const found = await look(context);
      if (!('usable' in found)) return found;
      throw new PjError('PJ5501', { tried: `qemu: ${found.reason}` }, { advice: found.install });
    },
  };
  const describe = async (identity: Identity, located: Located, context: CallContext): Promise<Found | undefined> => {
    const { sighting, record } = located;
    if (sighting === undefined && record === undefined && !existsSync(located.folder)) return undefined;
    const spec = sighting?.entry.spec ?? {};
    const seen = await see(shop, { identity, spec, qemu: await shop.qemu(context) }, located);
    const whole = sighting !== undefined && record?.whole === true;
    return {
      name: seen.machine.name,
      handle: handleOf(seen.machine, located),
      attributes: attributesOf(seen, spec),
      status: sighting === undefined ? 'stopped' : statusNow(seen, sighting),
      whole,
      ...(sighting === undefined ? {} : { specDigest: sighting.entry.specDigest }),
    };
  };
  const socketsOf = async (record: WorkloadRecord, context: CallContext) => {
    const sightings = await care.look(context.signal);
    const located = locateRecord(shop, sightings, record);
    if (located.sighting?.alive !== true) throw refused(record.id, 'reach', 'it does not run');
    return located.sockets;
  };
  const guestOf = async (record: WorkloadRecord, context: CallContext): Promise<GuestAgent> => {
    if (record.spec.vm?.guestAgent !== true)
      throw new PjError('PJ5509', { id: record.id, reason: 'its descriptor gives it no channel for one' });
    return guestAgentAt((await socketsOf(record, context)).guest, record.id);
  };

  return {
    name: 'qemu',
    async probe(context) {
      const there = await look(context);
      if ('usable' in there) return there;
      const { kvm, version } = there;
      const notes = kvm.usable ? [] : [`guests are emulated (TCG), which is slow: ${kvm.reason}`];
      return { usable: true, engine: 'qemu', version, notes };
    },
    machines: {
      check: (workloads, context, state) => checkMachines(shop, workloads, context, state),
      async find(identity, context, handle) {
        return describe(identity, await locate(shop, { identity, handle: handle ?? null }, context), context);
      },
      async list({ lineage }, context) {
        const sightings = await care.look(context.signal);
        const identities = [
          ...sightings.filter(isMachine).map(({ entry }) => entry.identity),
          ...readFolders(options.dir).flatMap(({ record }) => (record.runtime === 'qemu' ? [record.identity] : [])),
        ].filter((one) => one.lineage === lineage);
        const unique = [...new Map(identities.map((one) => [`${one.id}@${one.generation}`, one])).values()];
        const all = await inParallel(ASKED_AT_ONCE, unique, async (identity) => {
          const one = await describe(identity, locateAmong(shop, sightings, { identity, handle: null }), context);
          return one === undefined ? [] : [{ identity, found: one }];
        });
        return all.flat();
      },
      async read(records, context) {
        const sightings = await care.look(context.signal);
        const qemu = await shop.qemu(context);
        return inParallel(ASKED_AT_ONCE, records, async (record) => {
          const located = locateRecord(shop, sightings, record);
          const identity = { ...record, project: options.project, lineage: '' };
          return observedOf(record, await see(shop, { identity, spec: record.spec, qemu }, located), options.dir);
        });
      },
      create: (target, context) => create(shop, target, context),
      start: (target, context) => start(shop, target, context),
      stop: (target, context) => stop(shop, target, context),
      async update(target, _paths, context) {
        const qemu = await shop.qemu(context);
        const located = await locate(shop, target, context);
        if (located.sighting?.alive === true) await changeLive(shop, target, located, context);
        return retake(shop, qemu, target, located, context);
      },
      destroy: (target, how, context) => destroy(shop, target, how, context),
      async pause(target, context) {
        const { sockets } = await locate(shop, target, context);
        await withQmp(sockets.qmp, (qmp) => qmp.ask('stop'));
      },
      async resume(target, context) {
        const { sockets } = await locate(shop, target, context);
        await withQmp(sockets.qmp, (qmp) => qmp.ask('cont'));
      },
      async health(record, spec, context) {
        return guestHealth(await guestOf(record, context), spec, context);
      },
      async exec(record, argv, streams, context) {
        return guestExec(await guestOf(record, context), argv, streams, context);
      },
      async console(record, streams, context) {
        if (record.spec.vm?.serial === false)
          throw new PjError('PJ5516', { id: record.id, reason: 'it has no serial console' });
        await joinConsole((await socketsOf(record, context)).serial, streams, context);
      },
      snapshots: machineSnapshots(shop),
      async sample(records, context) {
        const sightings = await care.look(context.signal);
        const wanted = records.flatMap((record) => {
          const { sighting } = locateRecord(shop, sightings, record);
          return sighting === undefined ? [] : [{ id: record.id, sighting }];
        });
        return care.sample(wanted, context);
      },
      throttle: (record, throttle, context) => throttleMachine(shop, record, throttle, context),
      async places(records, context) {
        const sightings = await care.look(context.signal);
        const host = detectCgroups();
        return records.flatMap((record) => {
          const { sighting, uuid } = locateRecord(shop, sightings, record);
          const places = sighting && placesOf(sighting.entry, host, options.dir);
          if (sighting === undefined || places === undefined) return [];
          const { restarts, startedAt } = sighting.entry;
          const disk = (record.spec.vm?.disks ?? []).flatMap(({ path }) =>
            typeof path === 'string' ? [resolve(options.dir, path)] : [],
          );
          const told = { restarts, ...(startedAt === null ? {} : { startedAt }) };
          return [{ ...places, id: record.id, devices: tapsOf({ uuid }), disk, told }];
        });
      },
      async release(target, context) {
        const { sighting } = await locate(shop, target, context);
        if (sighting !== undefined)
          await care.release({ identity: target.identity, instance: sighting.entry.instance }, context);
      },
      watch: (context) => care.watch(context),
    },
    close: () => care.close(),
  };
}
