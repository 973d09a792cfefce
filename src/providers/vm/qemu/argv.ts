import type { JsonObject } from '../../../model/json.ts';
import { isJob, type Spec } from '../../../model/spec.ts';
import type { filesOf } from '../folder.ts';
import { type Machine, pathIn } from '../machine.ts';
import { cardDevice, networkOption } from './card-devices.ts';
import { type DiskParts, diskParts, isoParts, passphraseId } from './disk-devices.ts';
import { accelOf, type Qemu } from './engine.ts';
import type { Firmware } from './firmware.ts';
import type { Sockets } from './place.ts';
import { portName, rootPorts } from './ports.ts';

const MIB = 1024 * 1024;

/** What a command line is made of. */
export interface Build {
  qemu: Qemu;
  machine: Machine;
  spec: Spec;
  /** Absolute path of the project. */
  dir: string;
  sockets: Sockets;
  files: ReturnType<typeof filesOf>;
  firmware: Firmware | undefined;
}

/** A sensitive value that QEMU reads from a pipe when it starts. */
export interface SecretObject {
  id: string;
  pipe: string;
}

/** Ids of the objects that hold sensitive values, each with the value as the spec has it: real, or its digest. */
export function secretsOf(machine: Machine, { vm }: Spec): { id: string; value: string }[] {
  const keys = machine.disks.flatMap((disk) =>
    disk.encryption === undefined ? [] : [{ id: passphraseId(disk), value: disk.encryption.passphrase }],
  );
  const password = vm?.graphics?.password;
  return password === undefined ? keys : [...keys, { id: SCREEN_PASSWORD, value: password }];
}

const SCREEN_PASSWORD = 'screen-password';

/** Devices on PCIe can be plugged in and out of root ports. */
const hasPcie = (type: string): boolean => /^(q35|pc-q35)/.test(type);
export const machineType = ({ vm }: Spec): string => vm?.machine ?? 'q35';

/** QEMU's arguments. No sensitive value is in them. */
export function argvOf(build: Build, secrets: readonly SecretObject[]): string[] {
  const { machine, sockets } = build;
  return [
    ...['-name', `guest=${machine.name},process=${processName(machine.name)}`, '-uuid', machine.uuid],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...board(build),
    ...endings(build.spec, build.qemu),
    ...secrets.flatMap(({ id, pipe }) => ['-object', JSON.stringify({ 'qom-type': 'secret', id, file: pipe })]),
    ...boot(build),
    ...devices(build),
    ...channels(build),
    ...screen(build.spec),
    ...['-qmp', `unix:${sockets.qmp},server=on,wait=off`],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
  ];
}

/** As tools show it; the kernel keeps 15 characters. */
const processName = (name: string): string => `pj-${name}`.slice(0, 15);

function board({ qemu, machine, spec, firmware }: Build): string[] {
  const { vcpu, maxVcpu, memory, maxMemory } = machine;
  const accel = accelOf(qemu);
  const flash = firmware === undefined ? '' : ',pflash0=firmware,pflash1=variables';
  const room = maxMemory > memory ? `,slots=16,maxmem=${Math.ceil(maxMemory / MIB)}M` : '';
  return [
    ...['-machine', `${machineType(spec)}${flash}`, '-accel', accel, '-cpu', processor(spec, accel)],
    ...['-smp', `cpus=${vcpu},maxcpus=${maxVcpu}`, '-m', `size=${Math.ceil(memory / MIB)}M${room}`],
  ];
}

function processor({ vm }: Spec, accel: 'kvm' | 'tcg'): string {
  const model = vm?.cpuModel;
  if (model !== undefined && model !== 'host-passthrough' && model !== 'host-model') return model;
  return accel === 'kvm' ? 'host' : 'max';
}

/** What a guest that restarts or panics comes to. */
function endings(spec: Spec, { version }: Qemu): string[] {
  const panic = Number.parseFloat(version) >= 7.1 ? 'exit-failure' : 'shutdown';
  return ['-action', `panic=${panic},reboot=${rebootOf(spec)}`];
}

/** A guest that reboots: one that runs once is done then, and off. */
export const rebootOf = (spec: Spec): 'shutdown' | 'reset' => (isJob(spec) ? 'shutdown' : 'reset');

function boot({ spec: { vm = {} }, dir, files, firmware }: Build): string[] {
  const option = (name: string, path: string | undefined): string[] =>
    path === undefined ? [] : [name, pathIn(dir, path)];
  const flash = (node: string, path: string, readOnly: boolean): string[] => [
    '-blockdev',
    JSON.stringify({
      driver: 'raw',
      'node-name': node,
      'read-only': readOnly,
      file: { driver: 'file', filename: path, 'read-only': readOnly },
    }),
  ];
  return [
    ...(firmware === undefined
      ? []
      : [...flash('firmware', firmware.code, true), ...flash('variables', files.nvram, false)]),
    ...option('-kernel', vm.kernel),
    ...option('-initrd', vm.initrd),
    ...(vm.cmdline === undefined ? [] : ['-append', vm.cmdline]),
  ];
}

function devices(build: Build): string[] {
  const { machine, spec } = build;
  const pcie = hasPcie(machineType(spec));
  const turn = bootOrder(spec);
  let ports = 0;
  /** A root port of its own, so that it can be unplugged. */
  const plugged = (device: JsonObject): string => JSON.stringify(pcie ? { ...device, bus: portName(ports++) } : device);
  const out: string[] = [];
  const add = ({ nodes }: DiskParts, device: string): void => {
    out.push(...nodes.flatMap((node) => ['-blockdev', JSON.stringify(node)]), '-device', device);
  };
  const seed = seedOf(build);
  if (seed !== undefined || machine.disks.some(({ bus }) => bus === 'scsi'))
    out.push('-device', plugged(SCSI_CONTROLLER));
  if (!pcie && machine.disks.some(({ bus }) => bus === 'sata')) out.push('-device', JSON.stringify(AHCI_CONTROLLER));
  const place = drivePlaces(pcie);
  for (const [i, disk] of machine.disks.entries()) {
    const parts = diskParts(disk, i === 0 ? turn('disk') : undefined);
    if (disk.bus === 'virtio') add(parts, plugged(parts.device));
    else if (disk.bus === 'scsi') add(parts, JSON.stringify({ ...parts.device, bus: SCSI_BUS }));
    else add(parts, JSON.stringify({ ...parts.device, ...place(disk.bus) }));
  }
  const { cdrom } = spec.vm ?? {};
  if (cdrom !== undefined) {
    const parts = isoParts('ide-cd', 'cdrom', pathIn(build.dir, cdrom), turn('cdrom'));
    add(parts, JSON.stringify({ ...parts.device, ...place(pcie ? 'sata' : 'ide') }));
  }
  if (seed !== undefined) add(seed, JSON.stringify({ ...seed.device, bus: SCSI_BUS }));
  for (const card of machine.cards)
    out.push('-netdev', networkOption(card), '-device', plugged(cardDevice(card, turn('network'))));
  return [...(pcie ? rootPorts(ports).flatMap((port) => ['-device', port]) : []), ...out];
}

export const SCSI_CONTROLLER: JsonObject = { driver: 'virtio-scsi-pci', id: 'scsi' };
export const SCSI_BUS = 'scsi.0';
const AHCI_CONTROLLER: JsonObject = { driver: 'ich9-ahci', id: 'ahci' };

/** Places on the controllers that machines have, handed out one after the other. */
function drivePlaces(pcie: boolean): (bus: 'sata' | 'ide') => JsonObject {
  const next = { sata: 0, ide: 0 };
  return (bus) => {
    const nth = next[bus]++;
    if (bus === 'ide') return { bus: `ide.${Math.floor(nth / 2)}`, unit: nth % 2 };
    return { bus: pcie ? `ide.${nth}` : `ahci.${nth}` };
  };
}

/** On virtio: kernels for the cloud, which are what reads it, have no drivers for other CD drives. */
const seedOf = ({ spec: { vm }, files }: Build): DiskParts | undefined =>
  vm?.cloudInit === undefined ? undefined : isoParts('scsi-cd', 'seed', files.seed);

type BootSource = 'disk' | 'cdrom' | 'network';

/** The turn of each; undefined: it is not booted from. */
function bootOrder({ vm }: Spec): (what: BootSource) => number | undefined {
  const order: readonly BootSource[] = vm?.boot ?? ['disk', 'cdrom'];
  const given = new Set<BootSource>();
  return (what) => {
    // Every source has one turn: the first card's.
    if (!order.includes(what) || given.has(what)) return undefined;
    given.add(what);
    return order.indexOf(what) + 1;
  };
}

/** What the guest and this host talk over, and what every guest has. */
function channels({ spec: { vm }, sockets, files }: Build): string[] {
  const socket = (id: string, path: string): string => `socket,id=${id},path=${path},server=on,wait=off`;
  return [
    ...['-object', 'rng-random,id=entropy,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=entropy'],
    ...['-device', 'virtio-balloon-pci,id=balloon,guest-stats-polling-interval=5'],
    ...['-device', 'pvpanic-pci'],
    ...(vm?.serial === false
      ? []
      : [
          ...['-chardev', `${socket('console', sockets.serial)},logfile=${escaped(files.serial)},logappend=on`],
          ...['-serial', 'chardev:console'],
        ]),
    ...(vm?.guestAgent === true
      ? [
          ...['-device', 'virtio-serial-pci', '-chardev', socket('guest', sockets.guest)],
          ...['-device', 'virtserialport,chardev=guest,name=org.qemu.guest_agent.0'],
        ]
      : []),
  ];
}

/** As option lists take it. */
const escaped = (value: string): string => value.replaceAll(',', ',,');

/** The first port of a VNC screen. */
export const VNC_BASE = 5900;
const VNC_TRIES = 199;

function screen({ vm }: Spec): string[] {
  const { graphics } = vm ?? {};
  if (graphics === undefined || graphics.type === 'none') return [];
  const listen = graphics.listen ?? '127.0.0.1';
  const secret = graphics.password === undefined ? '' : `,password-secret=${SCREEN_PASSWORD}`;
  const port = graphics.port;
  const vnc = `${listen.includes(':') ? `[${listen}]` : listen}:${port === undefined ? `0,to=${VNC_TRIES}` : port - VNC_BASE}${secret}`;
  const spice = `addr=${listen},port=${port ?? VNC_BASE}${secret === '' ? ',disable-ticketing=on' : secret}`;
  return [
    ...(graphics.type === 'vnc' ? ['-vnc', vnc] : ['-spice', spice]),
    ...['-device', 'VGA', '-device', 'qemu-xhci', '-device', 'usb-tablet'],
  ];
}
