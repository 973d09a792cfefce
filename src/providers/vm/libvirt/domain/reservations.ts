import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { FolderRecord } from '../../folder.ts';
import type { Machine, MachineCard } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import { DEFAULT_NETWORK } from '../xml/card.ts';
import { all, fromXml, one, text, toXml, type Xml } from '../xml/tree.ts';

const networkOf = (card: MachineCard): string => card.name ?? DEFAULT_NETWORK;
const isFixed = (card: MachineCard): boolean => card.kind === 'network' && card.address !== undefined;

/** An entry in the DHCP of a network: only that with our mac is ours. */
export type Reservation = NonNullable<FolderRecord['reservations']>[number];

/** What a machine is to have, for its folder's record. */
export const reservationsOf = (machine: Machine): Reservation[] =>
  machine.cards.filter(isFixed).map((card) => ({ network: networkOf(card), mac: card.mac }));

/** Makes the DHCP of its networks give the machine the addresses that it is to have. */
export async function reserve(virsh: Virsh, machine: Machine, doing: Doing, context: CallContext): Promise<void> {
  for (const card of machine.cards.filter(isFixed)) {
    const network = networkOf(card);
    const there = (await hostsIn(virsh, network, doing, context)).find(({ mac }) => mac === card.mac);
    if (there?.ip === card.address) continue;
    await release(virsh, [{ network, mac: card.mac }], doing, context);
    await update(virsh, 'add', network, { mac: card.mac, ip: card.address ?? '' }, doing, context);
  }
}

/** Takes away those of cards that a machine has no more. */
export async function release(
  virsh: Virsh,
  gone: readonly Reservation[],
  doing: Doing,
  context: CallContext,
): Promise<void> {
  for (const { network, mac } of gone) {
    const there = (await hostsIn(virsh, network, doing, context)).find((host) => host.mac === mac);
    if (there !== undefined) await update(virsh, 'delete', network, there, doing, context);
  }
}

/** Those of the first that are not among the others. */
export const without = (some: readonly Reservation[], others: readonly Reservation[]): Reservation[] =>
  some.filter((one) => !others.some(({ network, mac }) => network === one.network && mac === one.mac));

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

async function update(
  virsh: Virsh,
  action: 'add' | 'delete',
  network: string,
  { mac, ip }: { mac: string; ip: string },
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const host = toXml({ host: { '@mac': mac, '@ip': ip } });
  const argv = ['net-update', network, action, 'ip-dhcp-host', host.trim(), '--live', '--config'];
  await virsh.call(argv, doing, context);
}
