import type { NetworkSpec } from '../../../../model/container-spec.ts';
import type { Snapshot } from '../../../../model/record.ts';
import type { Workload } from '../../../../model/workload.ts';
import { hostRoutes } from '../../../../os/routes.ts';
import type { Finding } from '../../../contract.ts';
import { addressFindings } from '../../api/network/check.ts';
import { nameFindings, text } from '../../api/things-check.ts';
import type { Lxc } from '../engine.ts';
import { hostBridges } from './default-bridge.ts';
import { overlapping, unknownOptions } from './make.ts';
import { seeNetworks } from './seen-network.ts';

/** What cannot be made of these networks on LXC. */
export function checkNetworks(
  lxc: Lxc,
  workloads: readonly Workload[],
  state: Snapshot | null | undefined,
): Map<string, Finding[]> {
  const networks = seeNetworks(lxc);
  const named = networks.map(({ name, marks }) => ({ name, labels: marks.labels }));
  const bridges = hostBridges().map((name) => ({ name, labels: {} }));
  const findings = new Map<string, Finding[]>();
  for (const workload of workloads) {
    const spec = workload.spec.network;
    if (spec === undefined) continue;
    const all = spec.external === true ? [...named, ...bridges] : named;
    const found = nameFindings('network', workload, { engine: lxc, all, workloads, state });
    if (spec.external !== true) {
      found.push(...addressFindings(spec), ...unable(spec));
      const known = networks.filter(({ name }) => name !== spec.name).map(({ marks }) => marks.facts.subnet);
      const own = networks.filter(({ name }) => name === spec.name).map(({ marks }) => marks.facts.bridge);
      const routes = hostRoutes().filter(({ device }) => !own.includes(device));
      const used = [...new Set([...known, ...routes.map(({ network }) => network)])];
      for (const other of text(spec.subnet) === undefined ? [] : overlapping(spec.subnet ?? '', used))
        found.push({
          severity: 'error',
          path: '/network/subnet',
          message: `${spec.subnet ?? ''} overlaps with ${other}, which this host knows already`,
          hint: 'Choose another `subnet`, or leave it out so that pj finds a free one.',
        });
    }
    if (found.length > 0) findings.set(workload.id, found);
  }
  return findings;
}

function unable(spec: NetworkSpec): Finding[] {
  const findings: Finding[] = [];
  const error = (path: string, message: string, hint: string): void =>
    void findings.push({ severity: 'error', path, message, hint });
  const driver = text(spec.driver) ?? 'bridge';
  if (driver !== 'bridge')
    error('/network/driver', `pj makes bridges only on LXC, no ${driver}`, 'Use bridge, or docker or podman.');
  if (spec.ipv6 === true || text(spec.subnet)?.includes(':') === true)
    error('/network/ipv6', 'pj gives no IPv6 addresses on LXC', 'Use an IPv4 subnet, or docker or podman.');
  for (const key of unknownOptions(spec))
    error(`/network/options/${key}`, `a network on LXC has no option ${key}`, 'It has mtu.');
  return findings;
}
