import type { Spec } from '../../../../model/spec.ts';
import { addressText, parseCidr } from '../../cidr.ts';
import type { ConfigLine } from '../container/config-text.ts';

/** How a container stands in a network: what pj chose for it. */
export interface Given {
  /** The engine's name of the network; that of the bridge where it is LXC's own. */
  network: string;
  bridge: string;
  /** With the length of its prefix: `10.0.3.7/24`. Absent: the container asks for one itself (DHCP). */
  address?: string;
  gateway?: string;
  mac: string;
  /** Names that others in the network know it by. */
  aliases?: string[];
}

/** The lines of the interfaces: eth0 is in the first network, and the way out goes there. */
export function netLines({ container }: Spec, nets: readonly Given[]): ConfigLine[] {
  if (container?.networkMode === 'host') return [['lxc.net.0.type', 'none']];
  if (nets.length === 0) return [['lxc.net.0.type', 'empty']];
  return nets.flatMap(({ bridge, address, gateway, mac }, i): ConfigLine[] => [
    [`lxc.net.${i}.type`, 'veth'],
    [`lxc.net.${i}.link`, bridge],
    [`lxc.net.${i}.flags`, 'up'],
    [`lxc.net.${i}.name`, `eth${i}`],
    [`lxc.net.${i}.hwaddr`, mac],
    ...(address === undefined ? [] : [[`lxc.net.${i}.ipv4.address`, `${address} ${broadcastOf(address)}`] as const]),
    ...(gateway === undefined || i > 0 ? [] : [[`lxc.net.${i}.ipv4.gateway`, gateway] as const]),
  ]);
}

/** LXC works out a wrong one by itself. */
const broadcastOf = (address: string): string => addressText(4, parseCidr(address)?.last ?? 0n);
