import type { Sighting } from '../../../agent/calls.ts';
import type { Json, JsonObject, Pointer } from '../../../model/json.ts';
import type { Observed } from '../../../model/observed.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import type { Spec } from '../../../model/spec.ts';
import { detailsOf, isRestarting, sinceOf, statusOf } from '../../agent/sighting.ts';
import { filesOf } from '../folder.ts';
import type { Machine } from '../machine.ts';
import { WHY_PAUSED } from '../paused.ts';
import { seedFields } from '../seed/seed.ts';
import { cardId, networkId } from './card-devices.ts';
import { diskId } from './disk-devices.ts';
import type { Told } from './monitor.ts';

/** One machine of this runtime: what pj keeps of it, what the agent says, what its QEMU says. */
export interface Seen {
  machine: Machine;
  /** Absolute path. */
  folder: string;
  accel: 'kvm' | 'tcg';
  sighting: Sighting | undefined;
  /** Absent where it does not run; an error where its QEMU does not answer. */
  told?: Told | Error;
  /** What its guest agent says where it can be reached, for one on a bridge. */
  reached?: string[];
}

/** What others may refer to, and what `pj status` shows. */
export function attributesOf({ machine, folder, accel, sighting, told, reached }: Seen, { vm }: Spec): JsonObject {
  const [card] = machine.cards;
  const known = told === undefined || told instanceof Error ? undefined : told;
  const addresses = card === undefined ? [] : card.kind === 'bridge' ? (reached ?? []) : ['127.0.0.1'];
  const ports = portsOf(machine, known);
  const listen = vm?.graphics?.listen ?? '127.0.0.1';
  return {
    name: machine.name,
    uuid: machine.uuid,
    accel,
    ...(addresses[0] === undefined ? {} : { address: addresses[0], addresses }),
    ...(card === undefined ? {} : { mac: card.mac }),
    ...(ports === undefined ? {} : { ports }),
    ...(sighting?.alive !== true || sighting.pid === null ? {} : { pid: sighting.pid }),
    ...(sighting?.alive !== true || sighting.entry.startedAt === null ? {} : { startedAt: sighting.entry.startedAt }),
    ...(vm?.serial === false ? {} : { logFiles: [filesOf(folder).serial] }),
    ...(known?.vnc === undefined ? {} : { vnc: `${listen}:${known.vnc}` }),
  };
}

/** By the guest's port. Of one that is not forwarded yet the descriptor's word holds. */
function portsOf({ cards }: Machine, told: Told | undefined): JsonObject | undefined {
  const ports: JsonObject = {};
  for (const card of cards)
    for (const { container, host } of card.ports ?? []) {
      const real = told?.forwards.find((one) => one.network === networkId(card) && one.container === container);
      const port = real?.host ?? host;
      if (port !== undefined) ports[String(container)] ??= port;
    }
  return Object.keys(ports).length === 0 ? undefined : ports;
}

/** One record as it is now. */
export function observedOf(record: WorkloadRecord, seen: Seen, dir: string): Observed {
  const { sighting } = seen;
  if (sighting === undefined) return { id: record.id, status: 'gone', fields: {}, attributes: {}, handle: null };
  const detail = detailOf(seen, sighting);
  return {
    id: record.id,
    status: statusNow(seen, sighting),
    fields: {
      ...sighting.limits,
      ...(sighting.alive ? fieldsOf(record.spec, seen) : {}),
      ...seedFields(record.spec, seen.folder, dir),
    },
    attributes: attributesOf(seen, record.spec),
    handle: record.handle,
    ...sinceOf(sighting),
    restarts: sighting.entry.restarts,
    ...(isRestarting(sighting) ? { restarting: true } : {}),
    ...(detail === '' ? {} : { detail }),
  };
}

/** QEMU stops a machine by itself, too: an error of its disk, of which it may recover. */
const PAUSED = new Set(['paused', 'io-error', 'suspended', 'watchdog', 'prelaunch']);

export function statusNow({ told }: Pick<Seen, 'told'>, { entry, alive }: Sighting): Observed['status'] {
  if (!alive || told === undefined || told instanceof Error) return statusOf(entry, alive);
  if (told.status === 'guest-panicked' || told.status === 'internal-error') return 'dead';
  return PAUSED.has(told.status) ? 'paused' : 'running';
}

function detailOf({ told }: Seen, sighting: Sighting): string {
  const { entry, alive } = sighting;
  if (alive && told instanceof Error) return `its QEMU does not answer: ${told.message}`;
  const word = told === undefined || told instanceof Error ? 'running' : told.status;
  if (alive && word !== 'running' && word !== 'paused') return WHY_PAUSED[word] ?? `QEMU says ${word}`;
  const off = !alive && entry.phase === 'failed' && entry.lastExit?.code === 0;
  return off ? 'the guest switched itself off' : detailsOf(sighting).join('; ');
}

/** What the machine has in place of what the user set. */
function fieldsOf({ vm = {} }: Spec, { machine, told }: Seen): Record<Pointer, Json> {
  if (told === undefined || told instanceof Error) return {};
  const fields: Record<Pointer, Json> = {};
  if (vm.vcpu !== undefined) fields['/vm/vcpu'] = told.vcpus;
  // QEMU counts by pages, and a balloon is never quite full.
  if (vm.memory !== undefined) fields['/vm/memory'] = near(vm.memory, told.memory) ? vm.memory : told.memory;
  if (vm.disks !== undefined) {
    const there = vm.disks.filter((_, i) => isThere(told, machine.disks[i] && diskId(machine.disks[i])));
    fields['/vm/disks'] = there as Json;
  }
  if (vm.networks !== undefined) {
    const cards = [...machine.cards];
    const there = vm.networks.filter(({ mode }) => {
      const card = mode === 'none' ? undefined : cards.shift();
      return card === undefined || isThere(told, cardId(card));
    });
    fields['/vm/networks'] = there as Json;
  }
  return fields;
}

const isThere = (told: Told, id: string | undefined): boolean => id !== undefined && told.devices.has(id);

const MIB = 1024 * 1024;
export const near = (a: number, b: number): boolean => Math.abs(a - b) < MIB;
