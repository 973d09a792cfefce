import { equal, isBelow, type Json, type Pointer } from '../../model/json.ts';
import type { UpdateClass } from '../../model/plan.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';
import type { VmDisk, VmNetwork, VmSpec } from '../../model/vm-spec.ts';

type Told = { updateClass: UpdateClass; reason: string };

const live = (reason: string): Told => ({ updateClass: 'live', reason });
const restart = (reason: string): Told => ({ updateClass: 'restart', reason });
const replace = (reason: string): Told => ({ updateClass: 'replace', reason });

/** The first that covers a path holds. */
const RULES: readonly [Told, ...Pointer[]][] = [
  [live('pj makes the check from outside, or asks the guest agent'), '/healthCheck'],
  [live('it matters when the machine ends or is stopped'), '/restart', '/stop', '/vm/runStrategy'],
  [live('pj samples it from outside'), '/monitoring', '/resources/enforcement', '/resources/disk'],
  [live('the machine does not know of it'), '/name', '/description', '/version', '/tags', '/vm/os'],
  [live('it matters when the host starts'), '/vm/autostart'],
  [live('filter rules are exchanged while it runs'), '/vm/firewall'],
  [live('it is migrated while it runs'), '/vm/host'],
  [live('it is another way to the same host'), '/vm/uri'],
  [replace('another runtime has other machines; its disks are kept'), '/vm/runtime'],
  [replace('another architecture is another machine; its disks are kept'), '/vm/arch'],
  [restart('cloud-init runs again at the next boot, as its instance-id changes with it'), '/vm/cloudInit'],
  [restart('a machine gets its firmware, processor and boot order when it starts'), '/vm/firmware', '/vm/machine'],
  [restart('a machine gets its firmware, processor and boot order when it starts'), '/vm/cpuModel', '/vm/boot'],
  [restart('a kernel is loaded when the machine starts'), '/vm/kernel', '/vm/initrd', '/vm/cmdline'],
  [restart('room for more is laid out when the machine starts'), '/vm/maxVcpu', '/vm/maxMemory'],
  [restart('this device cannot be plugged while the machine runs'), '/vm/graphics', '/vm/serial', '/vm/guestAgent'],
  [restart('this device cannot be plugged while the machine runs'), '/vm/gpu', '/vm/cdrom'],
  [restart('a machine is confined when it starts'), '/security'],
];

/** The update class of a path of a virtual machine, with the reason for people. */
export function classifyVm(
  path: Pointer,
  before: Json | undefined,
  after: Json | undefined,
  record?: WorkloadRecord,
  wanted?: Spec,
): Told {
  const rule = RULES.find(([, ...paths]) => paths.some((below) => isBelow(path, below)));
  if (rule !== undefined) return rule[0];
  const spec = record?.spec ?? {};
  if (path === '/vm/vcpu') return classifyVcpu(before, after, spec);
  if (path === '/vm/memory') return classifyMemory(after, spec);
  if (path === '/resources/cpu')
    return spec.vm?.vcpu === undefined
      ? classifyVcpu(rounded(before), rounded(after), spec)
      : live('the host takes a new share of processor time while it runs');
  if (path === '/resources/memory')
    return spec.vm?.memory === undefined ? classifyMemory(after, spec) : live('pj samples it from outside');
  // Also one that somebody has unplugged: the record has it as before.
  const plugged = path.split('/').length === 4 && (before === undefined || after === undefined);
  if (isBelow(path, '/vm/disks')) return classifyDisk(path, plugged, spec, wanted);
  if (isBelow(path, '/vm/networks')) return classifyCard(path, plugged, spec, wanted);
  if (isBelow(path, '/vm/ports')) return classifyPorts(spec, wanted ?? {});
  return restart('it is taken up when the machine starts');
}

/** Processors are added up to those there is room for; none is taken away from a guest that runs. */
function classifyVcpu(before: Json | undefined, after: Json | undefined, { vm }: Spec): Told {
  if (typeof after !== 'number' || typeof before !== 'number') return restart('it is taken up when the machine starts');
  if (after < before) return restart('a processor cannot be taken from a guest that runs');
  if (after > (vm?.maxVcpu ?? before)) return restart('there is room for no more processors (vm.maxVcpu)');
  return live('processors are added while it runs');
}

function classifyMemory(after: Json | undefined, { vm, resources: { memory } = {} }: Spec): Told {
  if (typeof after !== 'number') return restart('it is taken up when the machine starts');
  if (vm?.maxMemory === undefined && after === (vm?.memory ?? memory))
    return live('what the balloon has taken is given back while it runs');
  if (vm?.maxMemory === undefined) return restart('there is no room to grow or shrink while it runs (vm.maxMemory)');
  if (after > vm.maxMemory) return restart('there is room for no more memory (vm.maxMemory)');
  return live('memory is added, or given back through the balloon, while it runs');
}

/** As it was applied and as it is wanted a device is the same: it was unplugged behind pj's back. */
const isDrift = (before: object, after: object): boolean => equal(before as Json, after as Json);

const PLUGGED = ['virtio', 'scsi'];

/** Those that come and go where the others stay as they are, in their order; undefined where one of those changes. */
function exchanged<T extends object>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (one: T) => string,
): T[] | undefined {
  const others: T[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, wanted] = [before[i], after[j]];
    if (old !== undefined && wanted !== undefined && keyOf(old) === keyOf(wanted)) {
      if (!isDrift(old, wanted)) return undefined;
      i += 1;
      j += 1;
    } else if (old !== undefined && !after.slice(j).some((one) => keyOf(one) === keyOf(old))) {
      others.push(old);
      i += 1;
    } else if (wanted !== undefined && !before.slice(i).some((one) => keyOf(one) === keyOf(wanted))) {
      others.push(wanted);
      j += 1;
    } else return undefined;
  }
  return others;
}

const diskKey = ({ path, pool, volume }: VmDisk): string => path ?? `${pool ?? ''}/${volume ?? ''}`;
const cardKey = ({ mac, mode, name, bridge }: VmNetwork): string => mac ?? `${mode ?? 'nat'}/${name ?? bridge ?? ''}`;

/** A whole disk comes or goes, or one of its settings changes. */
function classifyDisk(path: Pointer, plugged: boolean, record: Spec, wanted: Spec | undefined): Told {
  const [, , , index, key] = path.split('/');
  const before = record.vm?.disks?.[Number(index)];
  const after = wanted?.vm?.disks?.[Number(index)];
  if (index === undefined) return restart('the machine gets its first disk when it starts');
  const [had = [], wants = []] = [record.vm?.disks, wanted?.vm?.disks];
  const others = exchanged(had, wants, diskKey) ?? [];
  if (others.length > 0 && !others.some((one) => one === had[0] || one === wants[0])) {
    const bound = others.find(({ bus = 'virtio' }) => !PLUGGED.includes(bus));
    if (bound === undefined) return live('disks are plugged in and unplugged while it runs');
    return restart(`disks on ${bound.bus ?? ''} cannot be plugged while it runs`);
  }
  if (before !== undefined && after !== undefined && !plugged && !isDrift(before, after)) {
    if (key === 'size') return live('a disk grows while it runs');
    // Refused by update, and nobody is stopped for that.
    if (key === 'encryption' && before.encryption !== undefined && after.encryption !== undefined)
      return live('an image keeps its passphrase: apply refuses to change it');
    return restart('a disk keeps its settings while the machine runs');
  }
  if (index === '0') return restart('the boot disk is settled when the machine starts');
  const bus = (after ?? before)?.bus ?? 'virtio';
  if (!PLUGGED.includes(bus)) return restart(`disks on ${bus} cannot be plugged while it runs`);
  return live(after === undefined ? 'the disk is unplugged while it runs' : 'the disk is plugged in while it runs');
}

const FORWARDED = live('forwarded ports are exchanged while it runs');

function classifyCard(path: Pointer, plugged: boolean, record: Spec, wanted: Spec | undefined): Told {
  const [, , , index, key] = path.split('/');
  const before = record.vm?.networks?.[Number(index)];
  const after = wanted?.vm?.networks?.[Number(index)];
  const [had = [], wants = []] = [record.vm?.networks, wanted?.vm?.networks];
  const others = exchanged(had, wants, cardKey) ?? [];
  // The ports of the machine are those of its first card.
  const moves = hasPorts(record.vm ?? {}) && others.some((one) => one === had[0] || one === wants[0]);
  if (others.length > 0 && !moves) return live('cards are plugged in and unplugged while it runs');
  if (key === 'inboundKbps' || key === 'outboundKbps') return live('the host takes new limits while it runs');
  if (index === undefined || before === undefined || after === undefined || plugged || isDrift(before, after))
    return live(after === undefined ? 'the card is unplugged while it runs' : 'the card is plugged in while it runs');
  // The first port makes a card one of another kind, and so does the last that goes.
  if (key === 'ports' && hasPorts(before) && hasPorts(after)) return FORWARDED;
  return restart('a card keeps its settings while the machine runs');
}

const hasPorts = ({ ports }: { ports?: unknown[] }): boolean => (ports?.length ?? 0) > 0;

function classifyPorts({ vm: before = {} }: Spec, { vm: after = {} }: Spec): Told {
  const forwards = (vm: VmSpec): boolean => hasPorts(vm) || (vm.networks ?? []).slice(0, 1).some(hasPorts);
  return forwards(before) && forwards(after) ? FORWARDED : restart('a card keeps its settings while the machine runs');
}

const rounded = (cores: Json | undefined): Json | undefined =>
  typeof cores === 'number' ? Math.max(1, Math.ceil(cores)) : cores;

/** The disks that go where volumes go too, for people: those that pj may have made. What it did not make stays all the same. */
export function lostDisks({ vm }: Spec): string[] {
  return (vm?.disks ?? []).flatMap(({ path, pool, volume, size, baseImage }) =>
    size === undefined && baseImage === undefined ? [] : [`disk ${path ?? `${pool ?? ''}/${volume ?? ''}`}`],
  );
}
