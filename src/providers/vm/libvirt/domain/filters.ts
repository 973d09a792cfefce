import type { FirewallRule } from '../../../../model/vm-spec.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { Machine } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import { toXml, type Xml } from '../xml/tree.ts';

/** Of a machine of pj's: one of somebody else's would not have that name. */
export const filterName = ({ uuid }: Pick<Machine, 'uuid'>): string => `pj-${uuid}`;

/** Defines the filter with these rules, or exchanges them; guests that use it have them at once. */
export async function defineFilter(
  virsh: Virsh,
  machine: Machine,
  rules: readonly FirewallRule[],
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const input = filterXml(machine, rules);
  await virsh.call(['nwfilter-define', '/dev/stdin'], doing, context, { input });
}

export const removeFilter = async (virsh: Virsh, machine: Machine, doing: Doing, context: CallContext): Promise<void> =>
  void (await virsh.ask(['nwfilter-undefine', filterName(machine)], doing, context));

export function filterXml(machine: Pick<Machine, 'uuid'>, rules: readonly FirewallRule[]): string {
  return toXml({
    filter: {
      '@name': filterName(machine),
      // Its own uuid, so that defining it again exchanges it.
      uuid: machine.uuid,
      rule: rules.flatMap(rulesOf),
    },
  });
}

/** libvirt's priorities count upwards: the first rule decides. One that names no address is for both families. */
function rulesOf({ action, direction = 'in', protocol = 'all', port, source }: FirewallRule, i: number): Xml[] {
  const [address, prefix] = (source ?? '').split('/');
  const from = {
    ...(source === undefined ? {} : { '@srcipaddr': address }),
    ...(prefix === undefined ? {} : { '@srcipmask': prefix }),
    ...(port === undefined ? {} : { '@dstportstart': port }),
  };
  const rule = (name: string): Xml => ({
    '@action': action,
    '@direction': direction,
    '@priority': 500 + i,
    [name]: from,
  });
  const [v4, v6] = [protocol, protocol === 'icmp' ? 'icmpv6' : `${protocol}-ipv6`];
  if (source === undefined) return [rule(v4), rule(v6)];
  return [rule(address?.includes(':') === true ? v6 : v4)];
}
