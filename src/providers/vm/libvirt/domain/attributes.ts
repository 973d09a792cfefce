import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../../model/json.ts';
import type { Virsh } from '../connection/virsh.ts';
import { all, number, one, text, type Xml } from '../xml/tree.ts';
import { netOf } from './forwards.ts';
import type { SeenDomain } from './see.ts';

/** What a user network is reached at, through its forwarded ports. */
const LOOPBACK = '127.0.0.1';

/** What finds a domain again. `known`: what was known of it before. */
export const handleOf = (seen: SeenDomain, virsh: Virsh, known: JsonObject | null | undefined): JsonObject => ({
  ...(known?.['imported'] === true ? { imported: true } : {}),
  runtime: 'libvirt',
  name: seen.name,
  uuid: seen.uuid,
  folder: typeof known?.['folder'] === 'string' ? known['folder'] : (seen.marks?.folder ?? seen.uuid),
  uri: virsh.uri,
});

/** What others may refer to. */
export function attributesOf(seen: SeenDomain, virsh: Virsh): JsonObject {
  const { config, live } = seen;
  const devices = one(live ?? config, 'devices');
  const cards = all(devices, 'interface');
  const mac = cards[0] === undefined ? undefined : text(cards[0], 'mac', '@address');
  const addresses = live === undefined ? [] : cards.flatMap((card) => addressOf(card, seen));
  const ports = seen.forwards.map(({ container, host }) => [String(container), host] as const);
  const log = text(devices, 'serial', 'log', '@file');
  const startedAt = live === undefined || !virsh.local ? undefined : startOf(seen.name);
  return {
    name: seen.name,
    uuid: seen.uuid,
    uri: virsh.uri,
    ...(virsh.local ? {} : { host: virsh.uri }),
    accel: text(live ?? config, '@type') === 'kvm' ? 'kvm' : 'tcg',
    ...(mac === undefined ? {} : { mac }),
    ...(addresses[0] === undefined ? {} : { address: addresses[0], addresses }),
    ...(ports.length === 0 ? {} : { ports: Object.fromEntries(ports) as JsonObject }),
    ...(seen.domainId === undefined ? {} : { domainId: seen.domainId }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(log === undefined || !virsh.local ? {} : { logFiles: [log] }),
    ...vncOf(devices),
  };
}

function addressOf(card: Xml, { leases, forwards, live }: SeenDomain): string[] {
  const mac = text(card, 'mac', '@address');
  if (text(card, '@type') === 'user') {
    const net = live === undefined || mac === undefined ? undefined : netOf(live, mac);
    return forwards.some((one) => one.net === net) ? [LOOPBACK] : [];
  }
  return leases.filter((lease) => lease.mac === mac).map(({ address }) => address);
}

function vncOf(devices: Xml | undefined): JsonObject {
  const graphics = one(devices, 'graphics');
  const port = number(graphics, '@port');
  if (text(graphics, '@type') !== 'vnc' || port === undefined || port < 0) return {};
  return { vnc: `${text(graphics, '@listen') ?? LOOPBACK}:${port}` };
}

/** libvirt writes down the process when it starts one. */
function startOf(name: string): string | undefined {
  try {
    return statSync(join('/run/libvirt/qemu', `${name}.pid`)).mtime.toISOString();
  } catch {
    return undefined; // That of another user's libvirt lies elsewhere.
  }
}
