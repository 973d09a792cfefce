import { existsSync } from 'node:fs';
import { BlockList, isIPv4 } from 'node:net';
import type { Pointer } from '../../../../model/json.ts';
import type { Workload } from '../../../../model/workload.ts';
import type { Machine } from '../../machine.ts';
import { hostsIn } from '../domain/reservations.ts';
import { DEFAULT_NETWORK } from '../xml/card.ts';
import { all, fromXml, number, one, text, type Xml } from '../xml/tree.ts';
import type { Checking } from './check.ts';

/** Whether the networks and bridges are there that the cards are to be in. */
export async function networkFindings(checking: Checking): Promise<void> {
  const { virsh, machine, workload, error } = checking;
  const { vm = {} } = workload.spec;
  for (const [i, card] of machine.cards.entries()) {
    const path = cardPath(workload, i);
    if (card.kind === 'user') {
      const forwards = 'a card with forwarded ports is in a network of its own';
      if (card.name !== undefined)
        error(path, `${forwards}, not in ${card.name}`, 'Take `ports` away, and reach the guest at its address.');
      if (card.address !== undefined) error(path, `${forwards}, with one address only`, 'Take `address` away.');
      if (card.inboundKbps !== undefined || card.outboundKbps !== undefined)
        error(path, `${forwards}, which libvirt cannot limit`, 'Take its limits away.');
      if ((vm.firewall ?? []).length > 0)
        error('/vm/firewall', `${forwards}, which libvirt cannot filter`, 'Take `ports` or `firewall` away.');
      if ((card.ports ?? []).some(({ protocol }) => protocol === 'sctp'))
        error(path, 'QEMU forwards no SCTP', 'Use tcp or udp.');
    } else if (card.kind === 'bridge') {
      const bridge = card.bridge ?? '';
      if (bridge === '') error(path, 'it names no `bridge`', 'Name one of the host: ip link show type bridge');
      else if (typeof bridge === 'string' && !(await hasBridge(checking, bridge))) {
        const host = virsh.local ? 'this host' : virsh.uri;
        error(path, `${host} has no bridge ${bridge}`, `Make it: ip link add ${bridge} type bridge`);
      }
      if (card.address !== undefined)
        error(path, 'the DHCP of a bridge is not for pj to change', 'Take `address` away, or set it in the guest.');
    } else await natNetwork(checking, card.name ?? DEFAULT_NETWORK, card, path);
  }
}

/** Where the descriptor has the n-th card of its machine. */
export function cardPath({ spec: { vm = {} } }: Workload, n: number): Pointer {
  const places = (vm.networks ?? []).flatMap(({ mode }, i) => (mode === 'none' ? [] : [`/vm/networks/${i}`]));
  return places[n] ?? '/vm/ports';
}

/** Cards of this project with one address: in one network neither would be reached. */
export function addressFindings(
  { machine, workload, error }: Checking,
  others: readonly { id: string; machine: Machine }[],
): void {
  for (const [i, { mac, kind }] of machine.cards.entries()) {
    const has = (card: Machine['cards'][number]): boolean => card.mac === mac && card.kind !== 'user';
    const other = kind === 'user' ? undefined : others.find((one) => one.machine.cards.some(has))?.id;
    const twice = machine.cards.findIndex((card) => card.mac === mac) < i;
    if (other === undefined && !twice) continue;
    const whose = twice ? 'another card of this machine' : `a card of ${other}`;
    error(`${cardPath(workload, i)}/mac`, `${whose} has the address ${mac} too`, 'Give one of them another `mac`.');
  }
}

/** Another host's libvirt may not be able to tell: it says so when it plugs the card. */
async function hasBridge({ virsh, context }: Checking, bridge: string): Promise<boolean> {
  if (virsh.local) return existsSync(`/sys/class/net/${bridge}`);
  const doing = { action: 'look at', id: `bridge ${bridge}` };
  const told = await virsh.ask(['iface-list', '--all'], doing, context).catch(() => '');
  const names = (told ?? '').split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || []);
  return names.length === 0 || names.includes(bridge);
}

async function natNetwork(
  { virsh, error, context }: Checking,
  name: string,
  { address, mac }: { address?: string; mac: string },
  path: string,
): Promise<void> {
  const doing = { action: 'look at', id: `network ${name}` };
  const info = await virsh.ask(['net-info', name], doing, context);
  const tell = (below: string, message: string, hint: string): void => error(`${path}${below}`, message, hint);
  if (info === undefined)
    tell('', `there is no network ${name} at ${virsh.uri}`, `See virsh -c ${virsh.uri} net-list --all.`);
  else if (!/^Active:\s+yes$/m.test(info))
    tell('', `the network ${name} is not active`, `Start it: virsh -c ${virsh.uri} net-start ${name}`);
  if (info === undefined || typeof address !== 'string') return;
  const told = await virsh.ask(['net-dumpxml', name], doing, context);
  const ips = all(one(fromXml(told ?? ''), 'network'), 'ip').filter((ip) => one(ip, 'dhcp') !== undefined);
  if (ips.length === 0) tell('/address', `the network ${name} has no DHCP`, 'Set it in the guest.');
  else if (!ips.some((ip) => isWithin(ip, address)))
    tell('/address', `${address} is not in the network ${name}`, 'Choose one that is.');
  const other = (await hostsIn(virsh, name, doing, context)).find((host) => host.ip === address && host.mac !== mac);
  if (other !== undefined) tell('/address', `${address} is reserved for ${other.mac} in ${name}`, 'Choose another.');
}

function isWithin(ip: Xml, address: string): boolean {
  const own = text(ip, '@address') ?? '';
  if (!isIPv4(own) || !isIPv4(address)) return own.includes(':') === address.includes(':');
  const net = new BlockList();
  net.addSubnet(own, number(ip, '@prefix') ?? prefixOf(text(ip, '@netmask') ?? '255.255.255.0'));
  return net.check(address) && address !== own;
}

const prefixOf = (mask: string): number =>
  mask.split('.').reduce((sum, part) => sum + Number(part).toString(2).replaceAll('0', '').length, 0);
