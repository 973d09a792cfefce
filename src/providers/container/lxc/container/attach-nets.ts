import { PjError } from '../../../../errors.ts';
import type { Spec } from '../../../../model/spec.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing, Lxc } from '../engine.ts';
import { claimAddress, macOf, releaseAddress } from '../network/addresses.ts';
import { raise } from '../network/bridges.ts';
import { defaultBridge, hostBridge } from '../network/default-bridge.ts';
import type { Given } from '../network/nets.ts';
import { seeNetwork } from '../network/seen-network.ts';
import { isSystem } from './security.ts';

/** Chooses how a container stands in its networks, and claims its addresses. Throws PJ5412 for a network that is not there. */
export async function chooseNets(
  lxc: Lxc,
  name: string,
  spec: Spec,
  doing: Doing,
  context: CallContext,
): Promise<Given[]> {
  const { networkMode = 'bridge', networks = [] } = spec.container ?? {};
  if (networkMode !== 'bridge') return [];
  const of = { name, id: doing.id, engine: lxc.label };
  if (networks.length === 0) {
    const net = await defaultBridge(lxc, doing, context);
    if (net === undefined) throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason: NO_BRIDGE });
    const mac = macOf(net.network, name);
    // A whole system asks for an address by itself, as LXC's own containers do.
    if (isSystem(spec)) return [{ network: net.network, bridge: net.bridge, mac }];
    const { network, bridge, gateway } = net;
    return [{ network, bridge, gateway, address: claimAddress(lxc.place, net, of, undefined), mac }];
  }
  const nets: Given[] = [];
  for (const use of networks) {
    const facts = seeNetwork(lxc, use.name)?.marks.facts;
    const net = facts === undefined ? await hostBridge(lxc, use.name, doing, context) : { network: use.name, ...facts };
    if (net === undefined)
      throw new PjError('PJ5412', { what: 'network', name: use.name, id: doing.id, engine: lxc.label });
    const address = claimAddress(lxc.place, net, of, use.address);
    nets.push({
      network: net.network,
      bridge: net.bridge,
      address,
      ...(facts?.internal === true ? {} : { gateway: net.gateway }),
      mac: use.mac ?? macOf(use.name, name),
      ...(use.aliases === undefined ? {} : { aliases: use.aliases }),
    });
  }
  return nets;
}

const NO_BRIDGE =
  'LXC has no bridge of its own here (USE_LXC_BRIDGE in /etc/default/lxc-net, systemctl start lxc-net); use `networks`';

/** Brings the bridges back that a boot of the host has taken away. */
export async function raiseNets(lxc: Lxc, nets: readonly Given[], doing: Doing, context: CallContext): Promise<void> {
  for (const { network } of nets) {
    const seen = seeNetwork(lxc, network);
    if (seen !== undefined && !seen.up) await raise(lxc, seen, doing, context);
  }
}

export function releaseNets(lxc: Lxc, name: string, nets: readonly Given[]): void {
  for (const { network, address } of nets) if (address !== undefined) releaseAddress(lxc.place, network, address, name);
}
