import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../../../../os/kernel-file.ts';

/** Certificates in PEM. */
export interface TlsFiles {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  /** False: whoever answers is believed. */
  verify: boolean;
  serverName?: string;
}

/** Where an engine listens. */
export type Endpoint =
  | { type: 'unix'; socket: string }
  | { type: 'tcp'; host: string; port: number; tls?: TlsFiles }
  | { type: 'ssh'; host: string; port?: number; user?: string /** Of the engine there. */; socket: string };

/** A place to look for an engine; `fault`: why it cannot even be tried. */
export type Candidate = { source: string; address: string } & ({ endpoint: Endpoint } | { fault: string });

/**
 * Reads `unix:///path`, `tcp://host[:port]`, `http(s)://…` and `ssh://[user@]host[:port][/path]`. `remoteSocket`: where the engine listens behind ssh
 * when the address does not say. Gives the reason as text where the address is none.
 */
export function parseEndpoint(
  address: string,
  remoteSocket: (user: string | undefined) => string | undefined,
): Endpoint | string {
  const [, scheme, rest = ''] = /^([a-z]+):\/\/(.*)$/i.exec(address) ?? [];
  if (scheme === undefined) {
    if (address.startsWith('/')) return { type: 'unix', socket: address };
    return parseEndpoint(`tcp://${address}`, remoteSocket);
  }
  if (scheme === 'unix') {
    return rest.startsWith('/') ? { type: 'unix', socket: rest } : 'the path of a socket must be absolute';
  }
  let url: URL;
  try {
    // A scheme without a meaning of its own for URL, so that no port is a default one.
    url = new URL(`pj://${rest}`);
  } catch {
    return 'it is no address such as unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host';
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '' || host.startsWith('-')) return 'it names no host';
  if (url.password !== '') return 'a password does not belong into an address';
  const port = url.port === '' ? undefined : Number(url.port);
  switch (scheme) {
    case 'tcp':
    case 'http':
      return { type: 'tcp', host, port: port ?? 2375 };
    case 'https':
      return { type: 'tcp', host, port: port ?? 2376, tls: { verify: true } };
    case 'ssh': {
      const user = url.username === '' ? undefined : decodeURIComponent(url.username);
      if (user?.startsWith('-') === true) return 'it names no user';
      const path = decodeURIComponent(url.pathname);
      const socket = path === '' || path === '/' ? remoteSocket(user) : path;
      if (socket === undefined) return 'it must give the path of the socket there: ssh://user@host/run/user/1000/…';
      return {
        type: 'ssh',
        host,
        socket,
        ...(port === undefined ? {} : { port }),
        ...(user === undefined ? {} : { user }),
      };
    }
    default:
      return `pj cannot speak to ${scheme}://`;
  }
}

/** The certificates in a folder: ca.pem, cert.pem, key.pem, those that are there. Gives the reason as text where one cannot be read. */
export function readTls(folder: string, verify: boolean): TlsFiles | string {
  const tls: TlsFiles = { verify };
  for (const name of ['ca', 'cert', 'key'] as const) {
    try {
      tls[name] = readFileSync(join(folder, `${name}.pem`));
    } catch (thrown) {
      if (errno(thrown) !== 'ENOENT')
        return `TLS: ${join(folder, `${name}.pem`)} cannot be read: ${String(errno(thrown))}`;
    }
  }
  if ((tls.cert === undefined) !== (tls.key === undefined))
    return `TLS: ${folder} needs both cert.pem and key.pem, or neither`;
  return tls;
}
