import type { JsonObject } from '../../../../model/json.ts';
import type { Identity } from '../../../../model/record.ts';
import type { CallContext } from '../../../contract.ts';
import { isSame } from '../../../marks.ts';
import type { Doing } from '../../disks/contract.ts';
import type { Machine } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import { DEFAULT_NETWORK } from '../xml/card.ts';
import { type Marks, marksIn } from '../xml/marks.ts';
import { fromXml, number, one, text, type Xml } from '../xml/tree.ts';
import { type Forward, forwardsIn } from './forwards.ts';
import { type Lease, leasesIn } from './leases.ts';

/** What domstats says of one domain. */
export type Stats = Readonly<Record<string, string>>;

/** A domain as libvirt has it. */
export interface SeenDomain {
  name: string;
  uuid: string;
  /** As it will be when it is started next. */
  config: Xml;
  /** As it runs. */
  live?: Xml;
  /** Of this run. */
  domainId?: number;
  marks?: Marks;
  stats: Stats;
  autostart: boolean;
  leases: Lease[];
  forwards: Forward[];
}

const STATS = ['--raw', '--nowait', '--state', '--vcpu', '--balloon'];

/** A domain to look at, by name or uuid. */
export interface Look {
  key: string;
  /** Whether QEMU is asked for the ports that it forwards: it is a thing of pj's, as libvirt takes note of every question to QEMU. */
  forwards?: boolean;
  /** The networks whose leases are looked at; default those that the domain is in. */
  networks?: readonly string[];
}

/** What to look at of a machine of pj's own. */
export const lookAt = (machine: Machine): Look => ({
  key: machine.uuid,
  forwards: machine.cards.some(({ kind }) => kind === 'user'),
  networks: machine.cards.flatMap(({ kind, name }) => (kind === 'network' ? [name ?? DEFAULT_NETWORK] : [])),
});

/** Domains, each undefined where it is not there, and the uuids of all that there are; all in one process. */
export async function seeDomains(
  virsh: Virsh,
  looks: readonly Look[],
  doing: Doing,
  context: CallContext,
): Promise<{ seen: (SeenDomain | undefined)[]; uuids: string[] }> {
  const [first] = looks;
  // Of one that is not there nothing would be told of the others.
  const stats = looks.length === 1 && first !== undefined ? ['domstats', ...STATS, first.key] : ['domstats', ...STATS];
  const networks = [...new Set(looks.flatMap(({ networks = [] }) => networks))];
  const each = looks.map(({ key, forwards, networks: told }) => [
    ['dumpxml', '--inactive', key],
    ['dumpxml', key],
    ...(told === undefined ? [['domifaddr', key]] : []),
    ...(forwards === true ? [['qemu-monitor-command', key, '--hmp', 'info usernet']] : []),
  ]);
  const general = [
    stats,
    ['list', '--all', '--uuid'],
    ['list', '--all', '--autostart', '--uuid'],
    ...networks.map((network) => ['net-dhcp-leases', network]),
  ];
  const answers = await virsh.batch([...general, ...each.flat()], doing, context);
  const [told = '', there = '', started = '', ...rest] = answers.splice(0, general.length);
  const all = statsIn(told);
  const shared = leasesIn(rest.join('\n'));
  const seen = looks.map(({ forwards, networks: known }) => {
    const [inactive = '', active = ''] = answers.splice(0, 2);
    const own = known === undefined ? leasesIn(answers.shift() ?? '') : shared;
    const ports = forwards === true ? forwardsIn(answers.shift() ?? '') : [];
    const config = domainIn(inactive);
    if (config === undefined) return undefined;
    return seenOf(config, domainIn(active), { stats: all, started: uuidsIn(started), leases: own, forwards: ports });
  });
  return { seen, uuids: uuidsIn(there) };
}

export async function seeDomain(
  virsh: Virsh,
  look: Look,
  doing: Doing,
  context: CallContext,
): Promise<SeenDomain | undefined> {
  return (await seeDomains(virsh, [look], doing, context)).seen[0];
}

/** Every domain of a connection. */
export async function seeAll(virsh: Virsh, doing: Doing, context: CallContext): Promise<SeenDomain[]> {
  const uuids = uuidsIn(await virsh.call(['list', '--all', '--uuid'], doing, context));
  return seeSome(virsh, uuids, doing, context);
}

/** Those of them that are there still; of strangers too, so QEMU is not asked. */
export async function seeSome(
  virsh: Virsh,
  uuids: readonly string[],
  doing: Doing,
  context: CallContext,
): Promise<SeenDomain[]> {
  if (uuids.length === 0) return [];
  const looks = uuids.map((key) => ({ key, networks: [] }));
  const { seen } = await seeDomains(virsh, looks, doing, context);
  return seen.filter((each) => each !== undefined);
}

const uuidsIn = (told: string): string[] => told.split(/\s+/).filter(Boolean);

function seenOf(
  config: Xml,
  active: Xml | undefined,
  told: { stats: ReadonlyMap<string, Stats>; started: readonly string[]; leases: Lease[]; forwards: Forward[] },
): SeenDomain {
  const name = text(config, 'name') ?? '';
  const domainId = number(active, '@id');
  const marks = marksIn(config);
  const uuid = text(config, 'uuid') ?? '';
  return {
    name,
    uuid,
    config,
    ...(active === undefined || domainId === undefined ? {} : { live: active, domainId }),
    ...(marks === undefined ? {} : { marks }),
    stats: told.stats.get(name) ?? {},
    autostart: told.started.includes(uuid),
    leases: told.leases,
    forwards: told.forwards,
  };
}

/** Three quarters of what libvirt writes are the ports of a machine's buses, which nobody here asks for, and parsing them takes most of a plan's time. */
const BUSES = /<controller\b[^>]*(?:\/>|>[\s\S]*?<\/controller>)|<address type='pci'[^>]*\/>/g;

const domainIn = (told: string): Xml | undefined => one(fromXml(told.replace(BUSES, '')), 'domain');

/** By the domain's name. */
export function statsIn(told: string): Map<string, Stats> {
  const blocks = told.split(/^Domain: /m).slice(1);
  return new Map(
    blocks.map((block) => {
      const [title = '', ...lines] = block.split('\n');
      const pairs = lines.map((line) => /^\s+([^=]+)=(.*)$/.exec(line)).filter((pair) => pair !== null);
      return [title.replace(/^'|'$/g, ''), Object.fromEntries(pairs.map(([, key, value]) => [key, value]))];
    }),
  );
}

/** Made by this very state, or taken over by it. */
export function isOwn(seen: SeenDomain, identity: Identity, handle: JsonObject | null | undefined): boolean {
  const owner = seen.marks?.identity;
  const same = handle?.['uuid'] === seen.uuid;
  if (same && handle?.['imported'] === true && owner === undefined) return true;
  return isSame(owner, identity) || (same && owner?.lineage === identity.lineage);
}
