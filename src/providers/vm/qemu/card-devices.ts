import type { PortMapping } from '../../../model/container-spec.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { Machine, MachineCard } from '../machine.ts';

/** What a card is known by in QEMU: by its address, as its place in the list may change. */
export const cardId = ({ mac }: Pick<MachineCard, 'mac'>): string => `net-${hexOf(mac)}`;

/** The network behind it. */
export const networkId = (card: Pick<MachineCard, 'mac'>): string => `back-${hexOf(card.mac)}`;

/** Name of the interface of this host that a card on a bridge is the other end of; the kernel takes 15 characters. */
export const tapName = ({ mac }: Pick<MachineCard, 'mac'>): string => `pj${hexOf(mac)}`;

/** Written to that interface's alias: which machine it was made for. */
export const tapMark = ({ uuid }: Pick<Machine, 'uuid'>): string => `pj:${uuid}`;

const hexOf = (mac: string): string => mac.replaceAll(':', '');

/** On the user network: the address of the guest, and that of this host as the guest sees it. */
const USER_NET = '10.0.2.0/24';
const DEFAULT_ADDRESS = '10.0.2.15';

/** A forwarded port as QEMU writes it: without a host port any free one, without an address on all of this host, as Compose has it. */
export function forwardOf({ container, host, hostIp, protocol }: PortMapping, card: MachineCard): string {
  const ip = hostIp ?? '';
  return `${protocol ?? 'tcp'}:${ip}:${host ?? 0}-${card.address ?? ''}:${container}`;
}

/** Arguments of netdev_add; a list becomes several options of the same name on the command line. */
export function networkOf(card: MachineCard): JsonObject {
  const id = networkId(card);
  if (card.kind === 'bridge') return { type: 'tap', id, ifname: tapName(card), script: 'no', downscript: 'no' };
  return {
    type: 'user',
    id,
    net: USER_NET,
    dhcpstart: card.address ?? DEFAULT_ADDRESS,
    hostfwd: (card.ports ?? []).map((port) => ({ str: forwardOf(port, card) })),
  };
}

/** The same as an option of the command line. No value has a comma in it. */
export function networkOption(card: MachineCard): string {
  const { type, ...options } = networkOf(card);
  const pairs = Object.entries(options).flatMap(([name, value]) =>
    Array.isArray(value)
      ? (card.ports ?? []).map((port) => `hostfwd=${forwardOf(port, card)}`)
      : [`${name}=${String(value)}`],
  );
  return [type, ...pairs].join(',');
}

/** Arguments of device_add, its bus aside. */
export function cardDevice(card: MachineCard, bootIndex?: number): JsonObject {
  return {
    driver: card.model === 'virtio' ? 'virtio-net-pci' : card.model,
    id: cardId(card),
    netdev: networkId(card),
    mac: card.mac,
    // Without its own firmware it starts sooner; that is for booting from the network.
    ...(bootIndex === undefined ? { romfile: '' } : { bootindex: bootIndex }),
  };
}
