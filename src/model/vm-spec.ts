import type { PortMapping } from './container-spec.ts';

/** What runs virtual machines. */
export const VM_RUNTIMES = ['libvirt', 'qemu'] as const;
export type VmRuntimeName = (typeof VM_RUNTIMES)[number];

/** `once`: it runs until the guest switches itself off and is then done. `manual`: a guest that switched itself off is left so. `halted`: it is kept off. */
export type RunStrategy = 'always' | 'rerun-on-failure' | 'manual' | 'halted' | 'once';

export type DiskBus = 'virtio' | 'scsi' | 'sata' | 'ide';

/** A disk: a file by `path`, or a volume of a libvirt storage pool. */
export type VmDisk = {
  /** Relative to the project. */
  path?: string;
  pool?: string;
  volume?: string;
  /** Default qcow2. */
  format?: 'qcow2' | 'raw';
  /** Bytes, when pj makes it; more than it has makes it grow. */
  size?: number;
  /** Backing file of a disk that pj makes; relative to the project. */
  baseImage?: string;
  /** Default virtio. */
  bus?: DiskBus;
  /** Default: what the runtime takes. */
  cache?: 'none' | 'writeback' | 'writethrough' | 'unsafe' | 'directsync';
  readOnly?: boolean;
  /** LUKS within the image. */
  encryption?: { passphrase: string };
};

/** A network card. */
export type VmNetwork = {
  /** Default nat. */
  mode?: 'bridge' | 'nat' | 'none';
  /** The host's bridge, for `bridge`. */
  bridge?: string;
  /** A libvirt network, for `nat`. */
  name?: string;
  /** Default virtio. */
  model?: string;
  /** Default: one made from the machine's identity. */
  mac?: string;
  /** A fixed address that the network's DHCP gives it. */
  address?: string;
  /** Ports of this host that are forwarded to it; the card is then in a user network of its own. */
  ports?: PortMapping[];
  /** Kilobytes a second. */
  inboundKbps?: number;
  outboundKbps?: number;
};

/** First-boot configuration (cloud-init's NoCloud). */
export type CloudInit = {
  userData?: string;
  /** Relative to the project. */
  userDataFile?: string;
  networkConfig?: string;
  metaData?: string;
  hostname?: string;
  sshKeys?: string[];
};

export type VmGraphics = {
  type: 'vnc' | 'spice' | 'none';
  /** Default: one that is free. */
  port?: number;
  /** Default 127.0.0.1. */
  listen?: string;
  password?: string;
};

export type FirewallRule = {
  action: 'accept' | 'drop' | 'reject';
  /** Seen from the guest; default in. */
  direction?: 'in' | 'out' | 'inout';
  /** Default all. */
  protocol?: 'tcp' | 'udp' | 'icmp' | 'all';
  /** Destination port. */
  port?: number;
  /** An address or network. */
  source?: string;
};

export type VmSpec = {
  /** Default: the one that it is on, else libvirt where it answers, else qemu. */
  runtime?: VmRuntimeName;
  /** libvirt's connection; default LIBVIRT_DEFAULT_URI, else qemu:///system. */
  uri?: string;
  /** The host that it is to run on, as a libvirt uri; instead of `uri`. Another one migrates it. */
  host?: string;
  /** Default `resources.cpu` rounded up, else 1. */
  vcpu?: number;
  /** Default vcpu. */
  maxVcpu?: number;
  /** Bytes; default `resources.memory`, else 512 MiB. */
  memory?: number;
  /** Bytes; default memory. */
  maxMemory?: number;
  /** `host-passthrough`, `host-model` or a model's name. */
  cpuModel?: string;
  /** Default that of this host. */
  arch?: string;
  /** Default q35. */
  machine?: string;
  /** Default bios. */
  firmware?: 'bios' | 'uefi';
  os?: string;
  /** The boot disk first. */
  disks?: VmDisk[];
  /** An ISO image; relative to the project. */
  cdrom?: string;
  /** Relative to the project, as initrd. */
  kernel?: string;
  initrd?: string;
  cmdline?: string;
  networks?: VmNetwork[];
  /** Of the first card. */
  ports?: PortMapping[];
  cloudInit?: CloudInit;
  graphics?: VmGraphics;
  /** Default true: a serial console, logged. */
  serial?: boolean;
  /** Default false: a channel for qemu-guest-agent. */
  guestAgent?: boolean;
  /** The first that matches decides. */
  firewall?: FirewallRule[];
  /** PCI addresses. */
  gpu?: string[];
  autostart?: boolean;
  boot?: ('disk' | 'cdrom' | 'network')[];
  /** Default: `restart` decides. */
  runStrategy?: RunStrategy;
};

/** What `security` holds for a virtual machine. */
export type VmSecurity = { seLabel?: string; apparmor?: boolean };
