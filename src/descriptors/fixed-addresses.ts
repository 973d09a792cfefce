import { BlockList, isIP } from 'node:net';
import { isLeaf, partsOf, reference } from '../model/template.ts';
import type { Workload } from '../model/workload.ts';
import type { Built } from './build.ts';
import type { Path, Report } from './problem.ts';

/** Reports fixed addresses that a network of this project cannot give: outside its subnet, where it has none of its own, and those that two want. */
export function reportAddresses(all: readonly Built[], report: Report): void {
  const byId = new Map(all.map(({ workload }) => [workload.id, workload]));
  const taken = new Map<string, Workload>();
  for (const { workload, spot } of all) {
    const { networks } = workload.spec.container ?? {};
    if (!Array.isArray(networks)) continue;
    for (const [i, use] of networks.entries()) {
      const network = byId.get(networkOf(use.name) ?? '');
      if (network === undefined) continue;
      for (const key of ['address', 'address6'] as const) {
        const address = use[key];
        if (typeof address !== 'string' || isIP(address) === 0) continue;
        const path: Path = ['container', 'networks', i, key];
        const tell = (reason: string): void =>
          report({
            code: 'PJ1050',
            details: { id: workload.id, address, network: network.id, reason },
            spots: [spot(path)],
          });
        const fault = faultOf(address, workload, network);
        if (fault !== undefined) tell(fault);
        else if (workload.desiredState !== 'stopped') {
          const place = `${network.id} ${address}`;
          const other = taken.get(place);
          if (other === undefined) taken.set(place, workload);
          else tell(`\`${other.id}\` has it, too`);
        }
      }
    }
  }
}

/** The id of the network that a name refers to. */
function networkOf(name: unknown): string | undefined {
  const [part] = isLeaf(name) ? partsOf(name) : [];
  return part === undefined ? undefined : reference(part)?.workload;
}

function faultOf(address: string, user: Workload, { spec: { network } }: Workload): string | undefined {
  if (network === undefined || network.external === true) return undefined;
  const { subnet, gateway, runtime } = network;
  if (subnet === undefined) {
    const lxc = (runtime ?? user.spec.container?.runtime) === 'lxc';
    return lxc ? undefined : 'it has no `subnet` set, and in one that the engine chooses no address can be fixed';
  }
  if (address === gateway) return 'it is that of the gateway';
  const [base = '', bits = ''] = typeof subnet === 'string' ? subnet.split('/') : [];
  const family = isIP(base);
  // Of a network with both kinds the descriptor names one subnet.
  if (family === 0 || family !== isIP(address) || !/^\d{1,3}$/.test(bits)) return undefined;
  if (Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const block = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  block.addSubnet(base, Number(bits), type);
  return block.check(address, type) ? undefined : `its subnet is ${subnet}`;
}
