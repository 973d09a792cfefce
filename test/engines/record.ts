import { readFileSync, writeFileSync } from 'node:fs';
import { PLACE, place } from './place.ts';

/** Image references, with the registry's host. */
export interface Images {
  busybox: string;
  /** Answers `pj httpd 1` on 8080. */
  httpd1: string;
  /** The same repository with another tag: `pj httpd 2`. */
  httpd2: string;
  redis: string;
  nginx: string;
}

/** What there is to know about each engine in order to use it. All paths are absolute. */
export interface Engines {
  docker: { socket: string };
  /** `root`, `runRoot` and `config` (containers.conf) make the podman command see what the socket shows. */
  podman: { socket: string; root: string; runRoot: string; config: string };
  /** `path` is for `-P`; `rootfs` is a tar archive of a root with busybox and `/bin/serve`, a web server on 8080. */
  lxc: { path: string; rootfs: string; bridge: string };
  /** `host` is `address:port`. */
  registry: { host: string; images: Images };
  /** Refuses whoever does not log in. No engine has its image. */
  privateRegistry: { host: string; username: string; password: string; image: string };
  /** An ssh server on loopback that leads back to this machine as root: `ssh -F config host`. With `binDir` first in PATH, plain `ssh host` does too. */
  ssh: { config: string; host: string; port: number; binDir: string };
  /** `network` gives addresses by DHCP on `bridge`, and leads out; this machine is `gateway` there. */
  libvirt: { uri: string; network: string; bridge: string; gateway: string };
  /** A guest as kernel, initrd and command line, and as disks that a BIOS or UEFI boots; nobody writes to them. `redisDisk` has redis in it too. */
  guest: { kernel: string; initrd: string; commandLine: string; disk: string; uefiDisk: string; redisDisk: string };
  /** `home` of a JDK 17, and class paths of programs, with `:` between jars. `hsqldb1` and `hsqldb2` are two versions of one library. */
  java: { home: string; jetty: string; tomcat: string; h2: string; hsqldb1: string; hsqldb2: string; activemq: string };
  /** Programs; nothing runs until a test starts it. */
  prometheus: { server: string; promtool: string };
}

export type EngineName = keyof Engines;

/** What is kept of each engine: how to use it, or why it is not there. */
export type Kept = { [N in EngineName]?: { up: Engines[N] } | { missing: string } };

const FILE = 'engines.json';

/** What the last `engines:up` and `engines:down` left. Empty where there was none. */
export function readRecord(): Kept {
  try {
    return JSON.parse(readFileSync(`${PLACE}/${FILE}`, 'utf8')) as Kept;
  } catch {
    return {};
  }
}

/** Writes the record, and the same for shells as `env`. Only for the owner: a password is in it. */
export function writeRecord(kept: Kept): void {
  writeFileSync(place(FILE), `${JSON.stringify(kept, undefined, 2)}\n`, { mode: 0o600 });
  const lines = Object.entries(kept).flatMap(([name, engine]) =>
    'up' in engine
      ? variables(`PJ_${snake(name)}`, engine.up)
      : [`# ${name} is missing: ${engine.missing.split('\n')[0]}`],
  );
  writeFileSync(place('env'), `${[`export PJ_ENGINES=${quote(PLACE)}`, ...lines].join('\n')}\n`, { mode: 0o600 });
}

function variables(prefix: string, values: object): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'object'
      ? variables(`${prefix}_${snake(name)}`, value)
      : [`export ${prefix}_${snake(name)}=${quote(String(value))}`],
  );
}

const snake = (name: string): string => name.replace(/([A-Z])/g, '_$1').toUpperCase();
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
