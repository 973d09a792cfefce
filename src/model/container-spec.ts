/** What runs containers, networks and volumes. */
export const RUNTIMES = ['docker', 'podman', 'lxc'] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** A published port. `host` absent: the engine chooses one. */
export type PortMapping = {
  container: number;
  host?: number;
  hostIp?: string;
  /** Default tcp. */
  protocol?: 'tcp' | 'udp' | 'sctp';
};

/** How a container stands in a user-defined network. */
export type NetworkUse = {
  /** The engine's own name of it: `<project>_<name>` where pj makes it. */
  name: string;
  aliases?: string[];
  address?: string;
  address6?: string;
  mac?: string;
};

export type BlockIo = {
  /** 10–1000. */
  weight?: number;
  /** By device; bytes or operations a second. */
  readBps?: Record<string, number>;
  writeBps?: Record<string, number>;
  readIops?: Record<string, number>;
  writeIops?: Record<string, number>;
};

export type ContainerSpec = {
  /** LXC: a template (`template:busybox`), or a tarball or folder of a root file system. */
  image: string;
  /** Default: the first that answers; kept in the handle. */
  runtime?: RuntimeName;
  /** Default missing. */
  pull?: 'missing' | 'always' | 'never';
  registry?: { server?: string; username: string; password: string };
  /** `job`: runs once to its end and is then done. Default service. */
  type?: 'service' | 'job';
  /** Instead of the image's CMD. `args` come after it, or after the entry point where there is no command. */
  command?: string[];
  args?: string[];
  entrypoint?: string[];
  workdir?: string;
  user?: string;
  ports?: PortMapping[];
  /** Default bridge. */
  networkMode?: 'bridge' | 'host' | 'none';
  networks?: NetworkUse[];
  hostname?: string;
  dns?: string[];
  /** Name to address. */
  extraHosts?: Record<string, string>;
  init?: boolean;
  privileged?: boolean;
  tty?: boolean;
  labels?: Record<string, string>;
  ulimits?: Record<string, { soft: number; hard: number }>;
  sysctls?: Record<string, string>;
  /** Bytes. */
  shmSize?: number;
  /** Bytes of swap beside the memory. */
  memorySwap?: number;
  /** Bytes. */
  memoryReservation?: number;
  cpuset?: string;
  blkio?: BlockIo;
  /** `host[:container[:rwm]]`. */
  devices?: string[];
  gpus?: 'all' | number | string[];
  logging?: { driver?: string; maxSize?: number; maxFiles?: number; options?: Record<string, string> };
};

/** What `security` holds for a container. */
export type ContainerSecurity = {
  /** Drops all capabilities, read-only root, no new privileges, non-root; each can be set otherwise beside it. */
  hardened?: boolean;
  /** A profile file, relative to the project, or `unconfined`. */
  seccomp?: string;
  capAdd?: string[];
  capDrop?: string[];
  noNewPrivileges?: boolean;
  readOnlyRoot?: boolean;
  userNamespace?: string;
  apparmor?: string;
  selinux?: string;
  user?: string;
};

/** A network that containers share. */
export type NetworkSpec = {
  /** The engine's own name. */
  name: string;
  runtime?: RuntimeName;
  /** Default bridge. */
  driver?: string;
  /** Nothing goes out of it. */
  internal?: boolean;
  ipv6?: boolean;
  /** CIDR; default one that the engine chooses. */
  subnet?: string;
  gateway?: string;
  /** CIDR within the subnet, for addresses that the engine chooses. */
  ipRange?: string;
  options?: Record<string, string>;
  labels?: Record<string, string>;
  /** It must be there; pj neither makes nor removes it. */
  external?: boolean;
};

/** Storage that containers share and that outlives them. */
export type VolumeSpec = {
  /** The engine's own name. */
  name: string;
  runtime?: RuntimeName;
  /** `persistent` (default) survives destroy unless --destroy-volumes. */
  type?: 'persistent' | 'ephemeral';
  /** Default local. */
  driver?: string;
  options?: Record<string, string>;
  labels?: Record<string, string>;
  /** Bytes. */
  size?: number;
  /** It must be there; pj neither makes nor removes it. */
  external?: boolean;
};

/** The engine's name of a network or volume that pj makes, as Compose builds its own. */
export const engineName = (project: string, name: string): string => `${project}_${name}`;

/** The engine's name of a container: the first generation has the plain one. */
export const containerName = (project: string, id: string, generation: number): string =>
  generation === 1 ? `${project}-${id}` : `${project}-${id}.g${generation}`;
