import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { Machine, MachineCard } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import { DEFAULT_NETWORK } from '../xml/card.ts';
import { all, fromXml, one, text, toXml, type Xml } from '../xml/tree.ts';

const networkOf = (card: MachineCard): string => card.name ?? DEFAULT_NETWORK;
const isFixed = (card: MachineCard): boolean => card.kind === 'network' && card.address !== undefined;

/** Makes the DHCP of its networks give the machine the addresses that it is to have, and no longer those of cards that it had. */
export async function reserve(
  virsh: Virsh,
  machine: Machine,
  before: Machine | undefined,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const wanted = machine.cards.filter(isFixed);
  const gone = (before?.cards ?? []).filter(isFixed).filter((old) => !wanted.some((card) => isSameHost(card, old)));
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
async function release(virsh: Virsh, card: MachineCard, doing: Doing, context: CallContext): Promise<void> {
  const hosts = await hostsIn(virsh, networkOf(card), doing, context);
  const there = hosts.find(({ mac }) => mac === card.mac);
  if (there !== undefined) await update(virsh, 'delete', card, there.ip, doing, context);
}

async function update(
  virsh: Virsh,
  action: 'add' | 'delete',
  card: MachineCard,
  ip: string | undefined,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const host = toXml({ host: { '@mac': card.mac, '@ip': ip } });
  const argv = ['net-update', networkOf(card), action, 'ip-dhcp-host', host.trim(), '--live', '--config'];
  await virsh.call(argv, doing, context);
}

const isSameHost = (a: MachineCard, b: MachineCard): boolean =>
  a.mac === b.mac && networkOf(a) === networkOf(b) && a.address === b.address;
