import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Sighting } from '../../../agent/calls.ts';
import { PjError } from '../../../errors.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { Identity, WorkloadRecord } from '../../../model/record.ts';
import type { Spec } from '../../../model/spec.ts';
import type { Care, Cared } from '../../agent/care.ts';
import type { CallContext, Made, Target } from '../../contract.ts';
import { isSame } from '../../marks.ts';
import type { Disks } from '../disks/contract.ts';
import { type FolderRecord, filesOf, folderOf, readFolder } from '../folder.ts';
import { guestAddresses } from '../guest/hardware.ts';
import { type Machine, machineOf, uuidOf } from '../machine.ts';
import type { VmOptions } from '../runtime.ts';
import type { Build } from './argv.ts';
import { accelOf, type Qemu } from './engine.ts';
import { findFirmware } from './firmware.ts';
import { guestAgentAt } from './guest-agent.ts';
import { type Told, tell } from './monitor.ts';
import { nativeSpecOf } from './native-spec.ts';
import { attributesOf, type Seen } from './observed.ts';
import { DIR_VARIABLE, FOLDER_VARIABLE, type Sockets, socketsFor, socketsIn } from './place.ts';

/** What the actions of this runtime work with. */
export interface Workshop {
  options: VmOptions;
  care: Care;
  disks: Disks;
  /** Throws PJ5501 where it is not there. */
  qemu(context: CallContext): Promise<Qemu>;
}

/** One machine as pj finds it, whether it runs or not. */
export interface Located {
  uuid: string;
  /** Absolute path. */
  folder: string;
  /** Absent where it was not made here, or not by this lineage. */
  record: FolderRecord | undefined;
  sighting: Sighting | undefined;
  sockets: Sockets;
}

/** Machines among what the agent has in care. */
export const isMachine = ({ entry }: Sighting): boolean => entry.spec.vm !== undefined;

/** Looks for one machine. By its handle where it was renamed since; what belongs to another lineage is not seen. */
export async function locate(
  shop: Workshop,
  of: { identity: Identity; handle: JsonObject | null },
  { signal }: CallContext,
): Promise<Located> {
  return locateAmong(shop, await shop.care.look(signal), of);
}

export function locateAmong(
  shop: Workshop,
  sightings: readonly Sighting[],
  { identity, handle }: { identity: Identity; handle: JsonObject | null },
): Located {
  const { dir } = shop.options;
  const told = folderOf(dir, uuidOf(identity), handle);
  const strange = (readFolder(told)?.identity.lineage ?? identity.lineage) !== identity.lineage;
  const located = locatedIn(shop, sightings, strange ? folderOf(dir, uuidOf(identity)) : told);
  const sighting = located.sighting ?? sightings.find((one) => isMachine(one) && isSame(one.entry.identity, identity));
  return sighting?.entry.identity.lineage === identity.lineage
    ? { ...located, sighting }
    : { ...located, sighting: undefined };
}

/** What a record tells of: its handle names the folder, which has the name of no other machine of any lineage. */
export function locateRecord(shop: Workshop, sightings: readonly Sighting[], { handle }: WorkloadRecord): Located {
  return locatedIn(shop, sightings, folderOf(shop.options.dir, 'none', handle));
}

function locatedIn({ options: { dir, env } }: Workshop, sightings: readonly Sighting[], folder: string): Located {
  const uuid = basename(folder);
  const sighting = sightings.find((one) => isMachine(one) && one.entry.spec.env?.[FOLDER_VARIABLE] === uuid);
  const socketDir = sighting?.entry.spec.env?.[DIR_VARIABLE];
  return {
    uuid,
    folder,
    record: readFolder(folder),
    sighting,
    // What runs has its sockets where it was started.
    sockets: socketDir !== undefined && existsSync(socketDir) ? socketsIn(socketDir) : socketsFor(dir, uuid, env),
  };
}

/** The machine that a spec asks for. */
export const machineAt = ({ options }: Workshop, identity: Identity, spec: Spec, { uuid }: Located): Machine =>
  machineOf(identity, spec, options.dir, uuid);

/** What QEMU is started with. */
export function buildOf(shop: Workshop, qemu: Qemu, identity: Identity, spec: Spec, located: Located): Build {
  const { dir } = shop.options;
  const uefi = spec.vm?.firmware === 'uefi';
  return {
    qemu,
    machine: machineAt(shop, identity, spec, located),
    spec,
    dir,
    sockets: located.sockets,
    files: filesOf(located.folder),
    firmware: uefi ? findFirmware() : undefined,
  };
}

/** The target as the agent is to have it: the process that the machine is. */
export function caredOf(shop: Workshop, qemu: Qemu, target: Target, located: Located): Cared {
  const { handle: _, stored, ...rest } = target;
  const native = (spec: Spec): Spec =>
    nativeSpecOf(buildOf(shop, qemu, target.identity, spec, located), basename(located.folder));
  return {
    ...rest,
    instance: located.sighting?.entry.instance,
    spec: native(target.spec),
    ...(stored === undefined ? {} : { stored: native(stored) }),
  };
}

export const handleOf = ({ name, uuid }: Machine, { folder }: Located): JsonObject => ({
  runtime: 'qemu',
  name,
  uuid,
  folder: basename(folder),
});

/** How a machine is: its QEMU is asked where it runs. */
export async function see(
  shop: Workshop,
  of: { identity: Identity; spec: Spec; qemu: Qemu },
  located: Located,
): Promise<Seen> {
  const { sighting, folder, sockets } = located;
  const runs = sighting?.alive === true;
  const vnc = of.spec.vm?.graphics?.type === 'vnc';
  const machine = machineAt(shop, of.identity, of.spec, located);
  const asks = runs && of.spec.vm?.guestAgent === true && machine.cards[0]?.kind === 'bridge';
  const [told, reached] = await Promise.all([
    runs ? tell(sockets.qmp, { vnc }).catch(errorOf) : undefined,
    asks ? reachedAt(sockets.guest, machine) : undefined,
  ]);
  return {
    machine,
    folder,
    accel: accelOf(of.qemu),
    sighting,
    ...(told === undefined ? {} : { told }),
    ...(reached === undefined ? {} : { reached }),
  };
}

/** On a bridge nobody but the guest knows its address. A guest whose agent does not answer yet has none. */
async function reachedAt(path: string, { uuid, cards }: Machine): Promise<string[]> {
  const macs = cards.map(({ mac }) => mac);
  const told = await guestAddresses(guestAgentAt(path, uuid), AbortSignal.timeout(GUEST_PATIENCE)).catch(() => []);
  return told.flatMap(({ mac, address }) => (macs.includes(mac) ? [address] : []));
}

/** Milliseconds that reading waits for a guest. */
const GUEST_PATIENCE = 1_000;

const errorOf = (thrown: unknown): Error | Told => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** What an action left behind. */
export async function madeOf(
  shop: Workshop,
  qemu: Qemu,
  { identity, spec }: Pick<Target, 'identity' | 'spec'>,
  located: Located,
): Promise<Made> {
  const seen = await see(shop, { identity, spec, qemu }, located);
  return { handle: handleOf(seen.machine, located), attributes: attributesOf(seen, spec) };
}

/** QEMU refused, or something that it needs. */
export const refused = (id: string, action: string, reason: string): PjError =>
  new PjError('PJ5505', { runtime: 'qemu', action, id, reason });
