import { createHash } from 'node:crypto';
import { PjError } from '../../../../errors.ts';
import { crashPoint } from '../../../../os/crash-point.ts';
import { writeKernelFile } from '../../../../os/kernel-file.ts';
import type { CallContext } from '../../../contract.ts';
import { parseCidr } from '../../cidr.ts';
import type { Doing, Lxc } from '../engine.ts';
import { bridgeAlias, bridgeIsThere, type NetworkFacts, type SeenNetwork } from './seen-network.ts';

/** The name of a network's bridge: a device has 15 characters at most. */
export const bridgeName = (dir: string): string => `pj-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`;

const comment = (bridge: string): string[] => ['-m', 'comment', '--comment', `pj network ${bridge}`];

/** The packet rules of a network: out of an inner one nothing goes, out of others by this host's address. */
function rules({ bridge, subnet, internal }: NetworkFacts): { table: string; chain: string; rule: string[] }[] {
  const forward = (rule: string[]) => ({ table: 'filter', chain: 'FORWARD', rule });
  // Asked before the table `filter`, in which another network's rules let everything through.
  const refuse = (rule: string[]) => ({ table: 'mangle', chain: 'FORWARD', rule });
  if (internal)
    return [
      refuse(['-i', bridge, '!', '-o', bridge, ...comment(bridge), '-j', 'DROP']),
      refuse(['-o', bridge, '!', '-i', bridge, ...comment(bridge), '-j', 'DROP']),
      forward(['-i', bridge, '-o', bridge, ...comment(bridge), '-j', 'ACCEPT']),
    ];
  const masquerade = ['-s', subnet, '!', '-d', subnet, ...comment(bridge), '-j', 'MASQUERADE'];
  return [
    { table: 'nat', chain: 'POSTROUTING', rule: masquerade },
    forward(['-i', bridge, ...comment(bridge), '-j', 'ACCEPT']),
    forward(['-o', bridge, ...comment(bridge), '-j', 'ACCEPT']),
  ];
}

/** Makes the bridge of a network that is recorded, also after a boot of the host; what is there is left as it is. */
export async function raise(lxc: Lxc, seen: SeenNetwork, doing: Doing, context: CallContext): Promise<void> {
  const { dir, marks } = seen;
  const { bridge, subnet, gateway, mtu } = marks.facts;
  const bits = parseCidr(subnet)?.bits ?? 24;
  const ip = (...argv: string[]) => lxc.tool(['ip', ...argv], doing, context);
  if (!bridgeIsThere(bridge))
    await ip('link', 'add', 'name', bridge, 'type', 'bridge').catch((thrown: unknown) => {
      // Another container of the network may be starting, too.
      if (!bridgeIsThere(bridge)) throw thrown;
    });
  else if (![dir, ''].includes(bridgeAlias(bridge)))
    throw new PjError('PJ5404', { what: 'bridge', name: bridge, id: doing.id, owner: 'one that pj has not made' });
  crashPoint('lxc-bridge');
  // Told again, each of these changes nothing.
  await ip('addr', 'replace', `${gateway}/${bits}`, 'dev', bridge);
  if (mtu !== undefined) await ip('link', 'set', 'dev', bridge, 'mtu', String(mtu));
  await ip('link', 'set', 'dev', bridge, 'up');
  if (!marks.facts.internal) writeKernelFile('/proc/sys/net/ipv4/ip_forward', '1');
  for (const { table, chain, rule } of rules(marks.facts)) {
    const iptables = (how: string) => lxc.tool(['iptables', '-w', '-t', table, how, chain, ...rule], doing, context);
    await iptables('-C').catch(() => iptables('-I'));
  }
  // The last: a bridge without it was left half-made by a kill.
  await ip('link', 'set', 'dev', bridge, 'alias', dir);
}

/** Takes a network's bridge and rules away; what is not there is fine. */
export async function lower(lxc: Lxc, { dir, marks }: SeenNetwork, doing: Doing, context: CallContext): Promise<void> {
  const { bridge } = marks.facts;
  for (const { table, chain, rule } of rules(marks.facts)) {
    const iptables = (how: string) => lxc.tool(['iptables', '-w', '-t', table, how, chain, ...rule], doing, context);
    // Two that raised it at once have made two of each.
    for (let there = true; there; )
      there = await iptables('-D').then(
        () => true,
        () => false,
      );
    context.signal.throwIfAborted();
  }
  if (bridgeIsThere(bridge) && [dir, ''].includes(bridgeAlias(bridge)))
    await lxc.tool(['ip', 'link', 'del', 'dev', bridge], doing, context);
}
