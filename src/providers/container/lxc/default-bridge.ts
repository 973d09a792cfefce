import { readKernelFile } from '../../../os/kernel-file.ts';
import type { CallContext } from '../../contract.ts';
import { addressText, parseAddress, parseCidr } from '../cidr.ts';
import type { Addressed } from './addresses.ts';
import { lastOf, parseConfig } from './config-text.ts';
import type { Doing, Lxc } from './engine.ts';

const DEFAULTS = '/etc/lxc/default.conf';

/** The bridge that containers without networks of their own go to: that of LXC's own defaults. Undefined where there is none. */
export async function defaultBridge(lxc: Lxc, doing: Doing, context: CallContext): Promise<Addressed | undefined> {
  const bridge = lastOf(parseConfig(readKernelFile(DEFAULTS) ?? ''), 'lxc.net.0.link') ?? 'lxcbr0';
  if (readKernelFile(`/sys/class/net/${bridge}/address`) === undefined) return undefined;
  const gateway = await addressOf(lxc, bridge, doing, context);
  const block = gateway === undefined ? undefined : parseCidr(gateway);
  if (gateway === undefined || block === undefined) return undefined;
  return {
    network: `@${bridge}`,
    bridge,
    subnet: `${addressText(4, block.first)}/${block.bits}`,
    gateway: gateway.split('/')[0] ?? '',
    taken: leases(bridge).map(({ address }) => address),
  };
}

/** The IPv4 address of a device, with the length of its prefix. */
async function addressOf(lxc: Lxc, device: string, doing: Doing, context: CallContext): Promise<string | undefined> {
  const text = await lxc.tool(['ip', '-4', '-o', 'addr', 'show', 'dev', device], doing, context);
  return /inet (\S+)/.exec(text)?.[1];
}

/** What the bridge's own dnsmasq has given away. */
export function leases(bridge: string): { mac: string; address: string }[] {
  const text = readKernelFile(`/var/lib/misc/dnsmasq.${bridge}.leases`) ?? '';
  return text.split('\n').flatMap((line) => {
    const [, mac, address] = line.split(' ');
    return mac === undefined || address === undefined || parseAddress(address) === undefined ? [] : [{ mac, address }];
  });
}
