import { restartPolicy, type Spec } from '../../../../model/spec.ts';
import type { VmSecurity } from '../../../../model/vm-spec.ts';
import type { Machine } from '../../machine.ts';
import { pathIn } from '../../machine.ts';
import { cardXml } from './card.ts';
import { consoleXml, discXml, diskXml, graphicsXml, hostdevXml } from './devices.ts';
import { type Marks, marksXml } from './marks.ts';
import { toXml, type Xml } from './tree.ts';

/** What a domain's XML is made from. */
export interface DomainInput {
  machine: Machine;
  spec: Spec;
  marks: Marks;
  /** Absolute path of the project. */
  dir: string;
  /** The host's processor runs the guest; it is emulated otherwise. */
  kvm: boolean;
  /** Where the serial console is written to. */
  serialLog?: string;
  /** The image with the first-boot configuration. */
  seed?: string;
  /** The libvirt secret of each encrypted disk, by the disk's key. */
  secrets: ReadonlyMap<string, string>;
  /** The host confines machines with AppArmor. */
  apparmor: boolean;
  /** The nwfilter of its cards. */
  filter?: string;
  /** As libvirt has filled it in before: what it runs on must not change because libvirt got newer. */
  machineType?: string;
}

/** Each device that is plugged into a running machine takes one. */
const SPARE_PORTS = 12;
/** The kernel's CPU bandwidth control counts in it. Microseconds. */
export const CPU_PERIOD = 100_000;

export function domainXml(input: DomainInput): string {
  const { machine, spec, kvm } = input;
  const { vm = {} } = spec;
  return toXml({
    domain: {
      '@type': kvm ? 'kvm' : 'qemu',
      name: machine.name,
      uuid: machine.uuid,
      ...(vm.os === undefined ? {} : { title: vm.os }),
      metadata: marksXml(input.marks),
      memory: kib(machine.maxMemory),
      currentMemory: kib(machine.memory),
      vcpu: { '@placement': 'static', '@current': machine.vcpu, '#text': String(machine.maxVcpu) },
      ...quota(spec),
      os: osXml(input),
      features: { acpi: {}, ...(isX86(spec) ? { apic: {} } : {}) },
      cpu: cpuXml(vm.cpuModel, kvm),
      clock: { '@offset': 'utc' },
      // What a guest that has switched itself off needs is for the next apply to say.
      on_poweroff: 'destroy',
      on_reboot: 'restart',
      on_crash: restartsCrashed(spec) ? 'restart' : 'destroy',
      devices: devicesXml(input),
      ...seclabels(input),
    },
  });
}

const kib = (bytes: number): Xml => ({ '@unit': 'KiB', '#text': String(Math.ceil(bytes / 1024)) });

export const isX86 = ({ vm }: Spec): boolean => ['x86_64', 'i686', undefined].includes(vm?.arch ?? hostArch);

const hostArch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** A share of processor time for the whole of it. */
function quota({ resources }: Spec): Xml {
  if (resources?.cpu === undefined) return {};
  return {
    cputune: {
      global_period: String(CPU_PERIOD),
      global_quota: String(quotaOf(resources.cpu)),
    },
  };
}

/** Microseconds a period. */
export const quotaOf = (cores: number): number => Math.max(1000, Math.round(cores * CPU_PERIOD));

/** What an unqualified machine is of, as libvirt fills it in. */
const FAMILIES: Record<string, RegExp> = { q35: /^pc-q35-/, pc: /^pc-i440fx-/, virt: /^virt-/ };

/** As it was asked for; of the same kind as before it stays of the version that it has. */
function machineTypeOf({ spec: { vm = {} }, machineType }: DomainInput): string {
  const asked = vm.machine ?? ((vm.arch ?? hostArch) === 'aarch64' ? 'virt' : 'q35');
  return machineType !== undefined && FAMILIES[asked]?.test(machineType) === true ? machineType : asked;
}

/** Without keys of anybody's: with them only what is signed by Microsoft would boot. */
const UNLOCKED = { feature: ['secure-boot', 'enrolled-keys'].map((name) => ({ '@enabled': 'no', '@name': name })) };

function osXml(input: DomainInput): Xml {
  const { vm = {} } = input.spec;
  const { dir } = input;
  return {
    ...(vm.firmware === 'uefi' ? { '@firmware': 'efi' } : {}),
    type: {
      '@arch': vm.arch ?? hostArch,
      '@machine': machineTypeOf(input),
      '#text': 'hvm',
    },
    ...(vm.firmware === 'uefi' ? { firmware: UNLOCKED } : {}),
    ...(vm.kernel === undefined ? {} : { kernel: pathIn(dir, vm.kernel) }),
    ...(vm.initrd === undefined ? {} : { initrd: pathIn(dir, vm.initrd) }),
    ...(vm.cmdline === undefined ? {} : { cmdline: vm.cmdline }),
    boot: (vm.boot ?? ['disk', 'cdrom']).map((from) => ({ '@dev': from === 'disk' ? 'hd' : from })),
  };
}

const MODES: Record<string, string> = { max: 'maximum', maximum: 'maximum' };

/** What can move between hosts that are alike where nothing was asked for; all that is emulated without KVM. */
function cpuXml(model: string | undefined, kvm: boolean): Xml {
  const mode = model === undefined ? (kvm ? 'host-model' : 'maximum') : (MODES[model] ?? model);
  if (mode.startsWith('host-') || mode === 'maximum') return { '@mode': mode };
  return { '@mode': 'custom', '@match': 'exact', model: { '@fallback': 'forbid', '#text': mode } };
}

function restartsCrashed(spec: Spec): boolean {
  const strategy = spec.vm?.runStrategy;
  if (strategy === undefined) return restartPolicy(spec).policy !== 'no';
  return strategy === 'always' || strategy === 'rerun-on-failure';
}

function devicesXml(input: DomainInput): Xml {
  const { machine, spec, dir } = input;
  const { vm = {} } = spec;
  const express = /q35|^virt/.test(machineTypeOf(input));
  const used = new Set(machine.disks.map(({ target }) => target));
  const free = Array.from('abcdefgh', (letter) => `sd${letter}`).filter((target) => !used.has(target));
  return {
    disk: [
      ...machine.disks.map((disk) => diskXml(disk, input.secrets.get(disk.key))),
      // The installation disc first: it is what is booted from.
      ...(vm.cdrom === undefined ? [] : [discXml(pathIn(dir, vm.cdrom), free.shift() ?? '', 'sata')]),
      // Kernels made for the cloud have no driver for SATA.
      ...(input.seed === undefined ? [] : [discXml(input.seed, free.shift() ?? '', 'scsi')]),
    ],
    controller: [
      ...(express ? [{ '@type': 'pci', '@index': 0, '@model': 'pcie-root' }] : []),
      ...(express ? ports(machine.disks.length + machine.cards.length) : []),
      { '@type': 'scsi', '@index': 0, '@model': 'virtio-scsi' },
      ...(vm.graphics === undefined ? [{ '@type': 'usb', '@model': 'none' }] : []),
    ],
    interface: machine.cards.map((card) => cardXml(card, input.filter)),
    ...consoleXml(spec, input.serialLog),
    ...graphicsXml(vm.graphics),
    hostdev: (vm.gpu ?? []).map(hostdevXml),
    // Fresh figures: without it libvirt tells those of long ago.
    memballoon: { '@model': 'virtio', stats: { '@period': 1 } },
    rng: { '@model': 'virtio', backend: { '@model': 'random', '#text': '/dev/urandom' } },
    ...(isX86(spec) ? { panic: { '@model': 'isa' } } : {}),
  };
}

/** Besides those that are spare: for its own devices, and for the console, balloon, rng and SCSI. */
function ports(devices: number): Xml[] {
  return Array.from({ length: SPARE_PORTS + devices + 5 }, (_, i) => ({
    '@type': 'pci',
    '@index': i + 1,
    '@model': 'pcie-root-port',
  }));
}

function seclabels({ spec, apparmor: confines }: DomainInput): Xml {
  const labels: Xml[] = [];
  const { seLabel, apparmor } = (spec.security ?? {}) as VmSecurity;
  if (seLabel !== undefined) labels.push({ '@type': 'static', '@model': 'selinux', '@relabel': 'yes', label: seLabel });
  // Where there is none it is not confined anyway, and would not start.
  if (apparmor === false && confines) labels.push({ '@type': 'none', '@model': 'apparmor' });
  return labels.length === 0 ? {} : { seclabel: labels };
}
