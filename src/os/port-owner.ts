import { readdirSync, readlinkSync } from 'node:fs';
import { errno, readKernelFile } from './kernel-file.ts';
import { allPids, readCmdline } from './proc-files.ts';

/** A process that has a port of this host. */
export interface PortOwner {
  pid: number;
  command: string;
}

/** State of a TCP socket that listens. */
const LISTENS = '0A';

/** The process that listens on a port of this host's network; undefined where none is seen, as others' processes are not by who is not root. */
export function portOwner(port: number, protocol: 'tcp' | 'udp'): PortOwner | undefined {
  const sockets = new Set([protocol, `${protocol}6`].flatMap((table) => socketsOn(table, port)));
  if (sockets.size === 0) return undefined;
  const pid = allPids().find((one) => holdsAny(one, sockets));
  return pid === undefined ? undefined : { pid, command: readCmdline(pid)[0]?.split('/').at(-1) ?? '?' };
}

/** The inodes of the sockets bound to a port, as `socket:[1234]`. */
function socketsOn(table: string, port: number): string[] {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return (readKernelFile(`/proc/net/${table}`) ?? '').split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const bound = local.endsWith(hex) && (state === LISTENS || table.startsWith('udp'));
    return bound && inode !== undefined ? [`socket:[${inode}]`] : [];
  });
}

function holdsAny(pid: number, sockets: ReadonlySet<string>): boolean {
  const fds = `/proc/${pid}/fd`;
  try {
    return readdirSync(fds).some((fd) => sockets.has(linkOf(`${fds}/${fd}`)));
  } catch (thrown) {
    if (errno(thrown) === undefined) throw thrown;
    return false;
  }
}

/** A descriptor may be closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (thrown) {
    if (errno(thrown) === undefined) throw thrown;
    return '';
  }
}
