import type { JsonObject } from '../../../../model/json.ts';
import type { Identity } from '../../../../model/record.ts';
import type { CallContext } from '../../../contract.ts';
import { isSame } from '../../../marks.ts';
import type { Doing } from '../../disks/contract.ts';
import type { Virsh } from '../connection/virsh.ts';
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

/** Domains by name or uuid, each undefined where it is not there; all in one process. */
export async function seeDomains(
  virsh: Virsh,
  keys: readonly string[],
  doing: Doing,
  context: CallContext,
): Promise<(SeenDomain | undefined)[]> {
  if (keys.length === 0) return [];
  // Of one that is not there nothing would be told of the others.
  const stats = keys.length === 1 ? ['domstats', ...STATS, ...keys] : ['domstats', ...STATS];
  const each = keys.flatMap((key) => [
    ['dumpxml', '--inactive', key],
    ['dumpxml', key],
    ['domifaddr', key],
    ['qemu-monitor-command', key, '--hmp', 'info usernet'],
  ]);
  const list = ['list', '--all', '--autostart', '--uuid'];
  const [told = '', started = '', ...answers] = await virsh.batch([stats, list, ...each], doing, context);
  const all = statsIn(told);
  const autostarted = started.split(/\s+/);
  return keys.map((_, i) => {
    const [inactive = '', active = '', leases = '', forwards = ''] = answers.slice(4 * i, 4 * i + 4);
    const config = domainIn(inactive);
    const live = domainIn(active);
    return config === undefined ? undefined : seen(config, live, { stats: all, autostarted, leases, forwards });
  });
}

export async function seeDomain(
  virsh: Virsh,
  key: string,
  doing: Doing,
  context: CallContext,
): Promise<SeenDomain | undefined> {
  return (await seeDomains(virsh, [key], doing, context))[0];
}

/** Every domain of a connection. */
export async function seeAll(virsh: Virsh, doing: Doing, context: CallContext): Promise<SeenDomain[]> {
  const uuids = (await virsh.call(['list', '--all', '--uuid'], doing, context)).split(/\s+/).filter(Boolean);
  // One may go meanwhile.
  return (await seeDomains(virsh, uuids, doing, context)).filter((each) => each !== undefined);
}

function seen(
  config: Xml,
  active: Xml | undefined,
  told: { stats: ReadonlyMap<string, Stats>; autostarted: readonly string[]; leases: string; forwards: string },
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
    autostart: told.autostarted.includes(uuid),
    leases: leasesIn(told.leases),
    forwards: forwardsIn(told.forwards),
  };
}

const domainIn = (told: string): Xml | undefined => one(fromXml(told), 'domain');

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
