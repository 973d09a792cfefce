import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Spec } from '../../../../model/spec.ts';
import { filesOf } from '../place.ts';

/** What an address is known as in a network. */
export interface Known {
  address: string;
  names: string[];
}

/**
 * Writes the name tables that are mounted over those of the image. They are rewritten in place, so that a container that runs sees what is new.
 * `peers`: who is in the same networks.
 */
export function writeHostFiles(dir: string, spec: Spec, own: Known[], peers: readonly Known[]): void {
  const { hosts, resolv, own: folder } = filesOf(dir);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const extra = Object.entries(spec.container?.extraHosts ?? {}).map(([name, address]) => ({ address, names: [name] }));
  const lines = [
    { address: '127.0.0.1', names: ['localhost'] },
    { address: '::1', names: ['localhost'] },
  ];
  const all = [...lines, ...own, ...extra].map(lineOf);
  writeFileSync(hosts, `${all.join('')}${PEERS}\n${peers.map(lineOf).join('')}`, { mode: 0o644 });
  const dns = spec.container?.dns ?? hostDns();
  writeFileSync(resolv, dns.map((one) => `nameserver ${one}\n`).join(''), { mode: 0o644 });
}

const PEERS = '# Others in its networks; pj keeps this up to date.';

/** Puts others in the place of those that the table has. */
export function writePeers(dir: string, peers: readonly Known[]): void {
  const { hosts } = filesOf(dir);
  if (!existsSync(hosts)) return;
  const before = readFileSync(hosts, 'utf8');
  const head = before.slice(0, before.indexOf(PEERS));
  const text = `${head}${PEERS}\n${peers.map(lineOf).join('')}`;
  if (before.includes(PEERS) && text !== before) writeFileSync(hosts, text);
}

const lineOf = ({ address, names }: Known): string => `${address}\t${names.join(' ')}\n`;

/** The name servers of this host; one that listens on the host itself cannot be reached from a container. */
function hostDns(): string[] {
  const file = existsSync('/run/systemd/resolve/resolv.conf') ? '/run/systemd/resolve/resolv.conf' : '/etc/resolv.conf';
  if (!existsSync(file)) return [];
  const all = [...readFileSync(file, 'utf8').matchAll(/^nameserver\s+(\S+)/gm)].map(([, one = '']) => one);
  return all.filter((one) => !one.startsWith('127.') && one !== '::1');
}
