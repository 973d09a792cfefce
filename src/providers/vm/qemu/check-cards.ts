import { existsSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { PortMapping } from '../../../model/container-spec.ts';
import type { Snapshot } from '../../../model/record.ts';
import { isLeaf } from '../../../model/template.ts';
import type { VmNetwork } from '../../../model/vm-spec.ts';
import type { Workload } from '../../../model/workload.ts';
import type { Machine } from '../machine.ts';
import { portsInUse } from '../ports-in-use.ts';
import { at, type Tell } from './tell.ts';

const LIBVIRT = 'Take it away, or use libvirt (`vm.runtime: libvirt`).';
const MODELS = ['virtio', 'e1000', 'e1000e', 'rtl8139', 'vmxnet3'];

/** What QEMU alone cannot do for the cards of a machine, and ports of this host that others have. */
export function cardProblems(
  workload: Workload,
  machine: Machine,
  state: Snapshot | null | undefined,
  tell: Tell,
): void {
  const { vm = {} } = workload.spec;
  for (const [i, card] of (vm.networks ?? []).entries())
    oneCard(card, (key, ...rest) => tell(at('networks', i, ...(key === '' ? [] : [key])), ...rest));
  for (const port of vm.ports ?? []) onePort(port, (...told) => tell(at('ports'), ...told));
  const macs = machine.cards.map(({ mac }) => mac);
  if (new Set(macs).size < macs.length)
    tell(at('networks'), 'two of its cards have one address', 'Give each a `mac` of its own, or none.');
  for (const { path = '', message, hint = '', severity } of portsInUse(workload, state))
    tell(path, message, hint, severity);
}

function onePort({ protocol, hostIp }: PortMapping, tell: (message: string, hint: string) => void): void {
  if (protocol === 'sctp') tell('QEMU forwards tcp and udp only', 'Take it away.');
  if (typeof hostIp === 'string' && isIPv6(hostIp))
    tell('QEMU forwards from IPv4 only', 'Give an address such as 127.0.0.1.');
}

function oneCard({ mode, bridge, name, model, address, ports, ...card }: VmNetwork, tell: Tell): void {
  if (name !== undefined) tell('name', 'QEMU alone has no networks of libvirt', LIBVIRT);
  for (const key of ['inboundKbps', 'outboundKbps'] as const)
    if (card[key] !== undefined) tell(key, 'pj limits no traffic of QEMU alone', LIBVIRT);
  if (model !== undefined && !isLeaf(model) && !MODELS.includes(model))
    tell('model', `pj does not know cards of type ${model}`, `Use one of ${MODELS.join(', ')}.`);
  if (mode !== 'bridge') {
    if (address !== undefined && !isLeaf(address) && !/^10\.0\.2\.(?!2$|3$|0$|255$)\d{1,3}$/.test(address))
      tell('address', `${address} is not one of its user network, 10.0.2.0/24`, 'Give 10.0.2.4 to 10.0.2.254.');
    for (const port of ports ?? []) onePort(port, (...told) => tell('ports', ...told));
    return;
  }
  if (process.geteuid?.() !== 0)
    tell('mode', 'only root puts a card on a bridge', 'Run pj as root, or use `mode: nat`.');
  if (address !== undefined) tell('address', 'the DHCP of a bridge is not pj’s', 'Take it away, or use `mac`.');
  if ((ports?.length ?? 0) > 0)
    tell('ports', 'a machine on a bridge is reached at its own address', 'Take them away, or use `mode: nat`.');
  if (bridge === undefined) tell('mode', 'no bridge is named', 'Name it: `bridge: br0`.');
  else if (!isLeaf(bridge) && !existsSync(`/sys/class/net/${bridge}/bridge`))
    tell('bridge', `there is no bridge ${bridge} on this host`, `ip link add ${bridge} type bridge`);
}
