import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { containerName } from '../../model/container-spec.ts';
import type { Identity } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';
import type { DiskBus, VmDisk, VmNetwork } from '../../model/vm-spec.ts';

const MIB = 1024 * 1024;
const DEFAULT_MEMORY = 512 * MIB;

/** A machine as it is to be built: every default filled in, every path absolute, every device with the name that the guest sees. Pure. */
export interface Machine {
  /** Its name in the engine. */
  name: string;
  /** Always the same for one identity, so that a second one of it is refused by the engine. */
  uuid: string;
  vcpu: number;
  maxVcpu: number;
  /** Bytes. */
  memory: number;
  maxMemory: number;
  disks: MachineDisk[];
  cards: MachineCard[];
}

export interface MachineDisk extends VmDisk {
  /** What it is known by: `file:PATH` or `pool:POOL/VOLUME`. Two disks of one machine never share it. */
  key: string;
  /** Absolute; absent for volumes of a pool. */
  file?: string;
  /** Absolute. */
  base?: string;
  format: 'qcow2' | 'raw';
  bus: DiskBus;
  /** As libvirt calls it and the guest nearly does: vda, sda, hda. */
  target: string;
}

export interface MachineCard extends VmNetwork {
  mode: 'bridge' | 'nat' | 'none';
  mac: string;
  model: string;
  /** What it is: in a network or on a bridge of the host, or in a user network of its own with forwarded ports. */
  kind: 'network' | 'bridge' | 'user';
}

/** The machine of a spec. `uuid`: that of one which was made under another id. */
export function machineOf(identity: Identity, spec: Spec, dir: string, uuid = uuidOf(identity)): Machine {
  const { vm = {}, resources = {} } = spec;
  const vcpu = vm.vcpu ?? Math.max(1, Math.ceil(resources.cpu ?? 1));
  const memory = vm.memory ?? resources.memory ?? DEFAULT_MEMORY;
  return {
    name: containerName(identity.project, identity.id, identity.generation),
    uuid,
    vcpu,
    maxVcpu: Math.max(vcpu, vm.maxVcpu ?? vcpu),
    memory,
    maxMemory: Math.max(memory, vm.maxMemory ?? memory),
    disks: disksOf(vm.disks ?? [], dir),
    cards: cardsOf(vm.networks ?? [], vm.ports ?? [], uuid),
  };
}

/** A path of a spec, absolute. */
export const pathIn = (dir: string, path: string): string => (isAbsolute(path) ? path : join(dir, path));

/** At plan a template may stand in the place of a path. */
const known = (path: unknown, dir: string): string | undefined =>
  typeof path === 'string' ? pathIn(dir, path) : undefined;

const PREFIX: Record<DiskBus, string> = { virtio: 'vd', scsi: 'sd', sata: 'sd', ide: 'hd' };

function disksOf(disks: readonly VmDisk[], dir: string): MachineDisk[] {
  const used: Record<string, number> = {};
  return disks.map((disk) => {
    const bus = disk.bus ?? 'virtio';
    const prefix = PREFIX[bus];
    const nth = used[prefix] ?? 0;
    used[prefix] = nth + 1;
    const file = known(disk.path, dir);
    const base = known(disk.baseImage, dir);
    return {
      ...disk,
      key: file === undefined ? `pool:${disk.pool ?? ''}/${disk.volume ?? ''}` : `file:${file}`,
      ...(file === undefined ? {} : { file }),
      ...(base === undefined ? {} : { base }),
      format: disk.format ?? 'qcow2',
      bus,
      target: `${prefix}${String.fromCharCode(97 + nth)}`,
    };
  });
}

function cardsOf(networks: readonly VmNetwork[], ports: VmNetwork['ports'] & object, uuid: string): MachineCard[] {
  const all = networks.length === 0 && ports.length > 0 ? [{}] : networks;
  const seen: Record<string, number> = {};
  return all.flatMap((network: VmNetwork, i) => {
    const mode = network.mode ?? 'nat';
    if (mode === 'none') return [];
    const forwards = [...(network.ports ?? []), ...(i === 0 ? ports : [])];
    const kind = mode === 'bridge' ? 'bridge' : forwards.length > 0 ? 'user' : 'network';
    // Not by its place in the list: a card that goes leaves the others as they are.
    const where = `${mode}/${network.name ?? network.bridge ?? ''}`;
    const nth = seen[where] ?? 0;
    // Nor does one with an address of its own.
    if (network.mac === undefined) seen[where] = nth + 1;
    return [
      {
        ...network,
        mode,
        kind,
        model: network.model ?? 'virtio',
        mac: (network.mac ?? macOf(`${uuid}/${where}/${nth}`)).toLowerCase(),
        ...(forwards.length > 0 ? { ports: forwards } : {}),
      },
    ];
  });
}

/** In the block that QEMU's own machines have. */
function macOf(seed: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(seed).digest();
  return ['52:54:00', ...[a, b, c].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

/** The namespace of pj's own machines, made once at random. */
const NAMESPACE = Buffer.from('6f1d0b0c2f0e4f7c9b8a3d5e7c1a2b4d', 'hex');

/** RFC 9562, version 5. */
export function uuidOf({ lineage, id, generation }: Identity): string {
  const hash = createHash('sha1').update(NAMESPACE).update(`${lineage}/${id}/${generation}`).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
