import { existsSync, readdirSync } from 'node:fs';
import { readKernelFile } from '../../../../os/kernel-file.ts';
import type { CallContext } from '../../../contract.ts';
import { addressText, parseAddress, parseCidr } from '../../cidr.ts';
import { lastOf, parseConfig } from '../container/config-text.ts';
import type { Doing, Lxc } from '../engine.ts';
import type { Addressed } from './addresses.ts';

const DEFAULTS = '/etc/lxc/default.conf';

/** A bridge of this host that pj has not made, as a network. Undefined where there is none, or it has no address of IPv4. */
export async function hostBridge(
  lxc: Lxc,
  bridge: string,
  doing: Doing,
  context: CallContext,
): Promise<Addressed | undefined> {
  if (!existsSync(`/sys/class/net/${bridge}/bridge`)) return undefined;
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

/** The bridge that containers without networks of their own go to: that of LXC's own defaults. Undefined where there is none. */
export const defaultBridge = (lxc: Lxc, doing: Doing, context: CallContext): Promise<Addressed | undefined> =>
  hostBridge(lxc, defaultBridgeName(), doing, context);

export const defaultBridgeName = (): string =>
  lastOf(parseConfig(readKernelFile(DEFAULTS) ?? ''), 'lxc.net.0.link') ?? 'lxcbr0';

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

/** Every bridge of this host. */
export const hostBridges = (): string[] =>
  readdirSync('/sys/class/net').filter((name) => existsSync(`/sys/class/net/${name}/bridge`));
