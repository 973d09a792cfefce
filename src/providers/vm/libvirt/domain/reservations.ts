import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { Machine, MachineCard } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import { cardsIn, macOf } from '../live/cards.ts';
import { DEFAULT_NETWORK } from '../xml/card.ts';
import { all, fromXml, one, text, toXml, type Xml } from '../xml/tree.ts';

/** A card, as far as DHCP knows it. */
type Host = Pick<MachineCard, 'mac' | 'name'>;

const networkOf = (card: Host): string => card.name ?? DEFAULT_NETWORK;
const isFixed = (card: MachineCard): boolean => card.kind === 'network' && card.address !== undefined;

/** Makes the DHCP of its networks give the machine the addresses that it is to have, and no longer those of cards that it had (`before`: its XML). */
export async function reserve(
  virsh: Virsh,
  machine: Machine,
  before: Xml | undefined,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const wanted = machine.cards.filter(isFixed);
  const fixed = new Set(wanted.map(({ mac }) => mac));
  const gone = (before === undefined ? [] : cardsIn(before)).flatMap((card) => {
    const name = text(card, 'source', '@network');
    return name === undefined || fixed.has(macOf(card)) ? [] : [{ mac: macOf(card), name }];
  });
  for (const card of gone) await release(virsh, card, doing, context);
  for (const card of wanted) {
    const there = (await hostsIn(virsh, networkOf(card), doing, context)).find(({ mac }) => mac === card.mac);
    if (there?.ip === card.address) continue;
    if (there !== undefined) await release(virsh, card, doing, context);
    await update(virsh, 'add', card, card.address, doing, context);
  }
}

export async function releaseAll(virsh: Virsh, machine: Machine, doing: Doing, context: CallContext): Promise<void> {
  for (const card of machine.cards.filter(isFixed)) await release(virsh, card, doing, context);
}

/** The addresses that a network's DHCP gives to certain cards. */
export async function hostsIn(
  virsh: Virsh,
  network: string,
  doing: Doing,
  context: CallContext,
): Promise<{ mac: string; ip: string }[]> {
  const told = await virsh.ask(['net-dumpxml', network], doing, context);
  const ips: Xml[] = all(one(fromXml(told ?? ''), 'network'), 'ip');
  return ips
    .flatMap((ip) => all(one(ip, 'dhcp'), 'host'))
    .map((host) => ({ mac: (text(host, '@mac') ?? '').toLowerCase(), ip: text(host, '@ip') ?? '' }));
}

/** Only the entry with our mac is ours. */
async function release(virsh: Virsh, card: Host, doing: Doing, context: CallContext): Promise<void> {
  const hosts = await hostsIn(virsh, networkOf(card), doing, context);
  const there = hosts.find(({ mac }) => mac === card.mac);
  if (there !== undefined) await update(virsh, 'delete', card, there.ip, doing, context);
}

async function update(
  virsh: Virsh,
  action: 'add' | 'delete',
  card: Host,
  ip: string | undefined,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const host = toXml({ host: { '@mac': card.mac, '@ip': ip } });
  const argv = ['net-update', networkOf(card), action, 'ip-dhcp-host', host.trim(), '--live', '--config'];
  await virsh.call(argv, doing, context);
}
