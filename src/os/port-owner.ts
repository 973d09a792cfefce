import { readdirSync, readlinkSync } from 'node:fs';
import { errno, readKernelFile } from './kernel-file.ts';
import { allPids, readCmdline } from './proc-files.ts';

/** A process that has a port of this host. */
export interface PortOwner {
  pid: number;
  command: string;
}

/** State of a socket of TCP that listens, and of one of UDP that takes from anybody. */
const LISTENS = { tcp: '0A', udp: '07' } as const;

/**
 * The process that listens on a port of this host's network; undefined where none is seen, as others' processes are not by who is not root.
 * `ip`: only one that listens on that IPv4 address, or on all.
 */
export function portOwner(port: number, protocol: 'tcp' | 'udp', ip?: string): PortOwner | undefined {
  const address = ip === undefined ? undefined : hexOf(ip);
  const sockets = new Set(
    [protocol, `${protocol}6`].flatMap((table) => socketsOn(table, { port, address, listens: LISTENS[protocol] })),
  );
  if (sockets.size === 0) return undefined;
  const pid = allPids().find((one) => holdsAny(one, sockets));
  return pid === undefined ? undefined : { pid, command: readCmdline(pid)[0]?.split('/').at(-1) ?? '?' };
}

/** The inodes of the sockets bound to a port, as `socket:[1234]`. */
function socketsOn(table: string, of: { port: number; address: string | undefined; listens: string }): string[] {
  const hex = `:${of.port.toString(16).toUpperCase().padStart(4, '0')}`;
  return (readKernelFile(`/proc/net/${table}`) ?? '').split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const on = of.address === undefined || /^0+:/.test(local) || local.endsWith(`${of.address}${hex}`);
    const bound = on && local.endsWith(hex) && state === of.listens;
    return bound && inode !== undefined ? [`socket:[${inode}]`] : [];
  });
}

/** As the kernel writes it: `127.0.0.1` is `0100007F`. */
const hexOf = (ip: string): string =>
  ip
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'))
    .join('');

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
