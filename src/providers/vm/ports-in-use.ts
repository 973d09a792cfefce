import { MARK, parseMark } from '../../agent/entry.ts';
import type { PortMapping } from '../../model/container-spec.ts';
import type { Pointer } from '../../model/json.ts';
import type { Snapshot } from '../../model/record.ts';
import type { Workload } from '../../model/workload.ts';
import { portOwner } from '../../os/port-owner.ts';
import { readCmdline } from '../../os/proc-files.ts';
import { readEnvironVariable } from '../../os/process.ts';
import type { Finding } from '../contract.ts';

/** Ports of this host that a machine is to forward and that others have. */
export function portsInUse(
  { spec: { vm = {} }, desiredState }: Workload,
  state: Snapshot | null | undefined,
): Finding[] {
  if (desiredState === 'stopped') return [];
  const mapped: [Pointer, readonly PortMapping[]][] = [
    ['/vm/ports', vm.ports ?? []],
    ...(vm.networks ?? []).map(({ ports }, i): [Pointer, readonly PortMapping[]] => [
      `/vm/networks/${i}/ports`,
      ports ?? [],
    ]),
  ];
  return mapped.flatMap(([path, ports]) => ports.flatMap((port, i) => portInUse(port, `${path}/${i}`, state) ?? []));
}

/** What belongs to this state may be gone by then. */
function portInUse(port: PortMapping, path: Pointer, state: Snapshot | null | undefined): Finding | undefined {
  const { host, hostIp, protocol } = port;
  if (typeof host !== 'number' || protocol === 'sctp') return undefined;
  const holder = portOwner(host, protocol ?? 'tcp', hostIp === undefined || hostIp === '0.0.0.0' ? undefined : hostIp);
  if (holder === undefined || isOurs(holder.pid, state)) return undefined;
  return {
    severity: state === undefined ? 'warning' : 'error',
    path,
    message: `port ${host} of the host is in use by ${holder.command} (pid ${holder.pid})`,
    hint: 'Stop what listens there, or forward another port.',
  };
}

/** What the agent runs is marked; libvirt gives QEMU the uuid of its domain. */
function isOurs(pid: number, state: Snapshot | null | undefined): boolean {
  if (!state) return false;
  if (parseMark(readEnvironVariable(pid, MARK) ?? '')?.lineage === state.lineage) return true;
  const argv = readCmdline(pid);
  return Object.values(state.workloads).some(({ handle }) => argv.includes(String(handle?.['uuid'])));
}
