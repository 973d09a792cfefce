import type { NetworkSpec } from '../../../../model/container-spec.ts';
import type { Pointer } from '../../../../model/json.ts';
import type { Snapshot } from '../../../../model/record.ts';
import type { Workload } from '../../../../model/workload.ts';
import { kernelHas } from '../../../../os/kernel-config.ts';
import { hostRoutes } from '../../../../os/routes.ts';
import type { CallContext, Finding } from '../../../contract.ts';
import { identityOf } from '../../../marks.ts';
import { holds, isWithin, overlap, parseAddress, parseCidr, sameCidr } from '../../cidr.ts';
import type { EngineInfo } from '../connection/drivers.ts';
import type { ApiEngine } from '../connection/engine.ts';
import type { Recent } from '../connection/recent.ts';
import { ownerOf } from '../owner.ts';
import { nameFindings, text } from '../things-check.ts';
import type { SeenNetwork } from './seen-network.ts';

interface Looked {
  engine: ApiEngine;
  all: readonly SeenNetwork[];
  info: Recent<EngineInfo>;
  workloads: readonly Workload[];
  state: Snapshot | null | undefined;
}

/** What cannot be made of these networks, or could not be used as asked. */
export async function checkNetworks(looked: Looked, context: CallContext): Promise<Map<string, Finding[]>> {
  const findings = new Map<string, Finding[]>();
  for (const workload of looked.workloads) {
    const spec = workload.spec.network;
    if (spec === undefined) continue;
    const found = nameFindings('network', workload, looked);
    if (spec.external !== true) {
      found.push(...addressFindings(spec));
      found.push(...overlapFindings(workload, looked));
      if (text(spec.driver) !== undefined && spec.driver !== 'bridge')
        found.push(...driverFindings(spec.driver ?? '', looked.engine, await looked.info.get(context)));
    }
    if (found.length > 0) findings.set(workload.id, found);
  }
  return findings;
}

/** Whether the addresses make sense by themselves. */
export function addressFindings({ subnet, gateway, ipRange }: NetworkSpec): Finding[] {
  const findings: Finding[] = [];
  const error = (path: Pointer, message: string): void => void findings.push({ severity: 'error', path, message });
  const block = text(subnet) === undefined ? undefined : parseCidr(subnet ?? '');
  if (text(subnet) !== undefined && block === undefined)
    error('/network/subnet', `${subnet ?? ''} is no subnet such as 10.20.0.0/24`);
  if (block !== undefined && subnet !== undefined && parseAddress(subnet.split('/')[0] ?? '')?.value !== block.first)
    error('/network/subnet', `${subnet} has bits of a host in it; its subnet begins earlier`);
  for (const [key, value] of Object.entries({ gateway, ipRange })) {
    if (text(value) === undefined) continue;
    const path = `/network/${key}`;
    const address = key === 'gateway' ? parseAddress(value ?? '') : undefined;
    const range = key === 'ipRange' ? parseCidr(value ?? '') : undefined;
    if (address === undefined && range === undefined)
      error(path, `${value ?? ''} is no ${key === 'gateway' ? 'address' : 'range such as 10.20.0.128/25'}`);
    else if (subnet === undefined) error(path, 'the engine takes it only together with a subnet');
    else if (block !== undefined && !(address !== undefined ? holds(block, address) : range && isWithin(range, block)))
      error(path, `${value ?? ''} is not in the subnet ${subnet}`);
  }
  return findings;
}

/** What a subnet has in common with networks of the engine, of the same plan, and of this host. */
function overlapFindings(workload: Workload, { engine, all, workloads, state }: Looked): Finding[] {
  const spec = workload.spec.network;
  const subnet = text(spec?.subnet);
  const block = subnet === undefined ? undefined : parseCidr(subnet);
  if (spec === undefined || subnet === undefined || block === undefined) return [];
  const findings: Finding[] = [];
  const path = '/network/subnet';
  const hint = 'Choose another `subnet`, or leave it out so that the engine finds a free one.';
  const id = state?.workloads[workload.id]?.handle?.['id'];
  const others = all.filter((one) => one.id !== id && one.name !== spec.name);
  for (const { name, subnet: theirs, labels } of overlapsOf(subnet, others)) {
    // One of this very project may be about to go.
    const mine = state?.lineage !== undefined && identityOf(labels)?.lineage === state.lineage;
    const severity = mine ? 'warning' : 'error';
    findings.push({
      severity,
      path,
      message: `${subnet} overlaps with ${theirs} of ${name} (${ownerOf(labels)})`,
      hint,
    });
  }
  for (const other of workloads) {
    const theirs = text(other.spec.network?.subnet);
    const same = theirs === undefined ? undefined : parseCidr(theirs);
    if (other.id > workload.id && other.spec.network?.external !== true && same !== undefined && overlap(block, same))
      findings.push({
        severity: 'error',
        path,
        message: `${subnet} overlaps with ${theirs ?? ''} of ${other.id}`,
        hint,
      });
  }
  if (!engine.local) return findings;
  for (const { device, network } of hostRoutes()) {
    const route = parseCidr(network);
    const known = all.some((one) => one.device === device || one.subnets.some((its) => sameCidr(its.subnet, network)));
    if (route === undefined || known || !overlap(block, route)) continue;
    findings.push({
      // Podman refuses it; Docker makes it, and what is behind that route cannot be reached any more.
      severity: engine.name === 'podman' ? 'error' : 'warning',
      path,
      message: `${subnet} overlaps with ${network}, to which this host goes by ${device}`,
      hint,
    });
  }
  return findings;
}

/** The networks of which some subnet has addresses of `subnet`. */
export function overlapsOf(subnet: string, all: readonly SeenNetwork[]): (SeenNetwork & { subnet: string })[] {
  const block = parseCidr(subnet);
  return all.flatMap((one) =>
    one.subnets.flatMap((its) => {
      const theirs = parseCidr(its.subnet);
      return block !== undefined && theirs !== undefined && overlap(block, theirs)
        ? [{ ...one, subnet: its.subnet }]
        : [];
    }),
  );
}

function driverFindings(driver: string, engine: ApiEngine, info: EngineInfo): Finding[] {
  const error = (message: string, hint: string): Finding[] => [
    { severity: 'error', path: '/network/driver', message, hint },
  ];
  if (driver === 'host' || driver === 'none' || driver === 'null')
    return error(
      `an engine has one network of the driver ${driver} only`,
      `Say networkMode: ${driver === 'host' ? 'host' : 'none'} of the containers instead.`,
    );
  if (!info.networkDrivers.includes(driver))
    return error(
      `${engine.label} has no network driver ${driver}`,
      `It has ${info.networkDrivers.filter((one) => !['host', 'null'].includes(one)).join(', ')}; install the plugin, or use one of those.`,
    );
  if (driver === 'overlay' && !info.swarm)
    return error(
      `${engine.label} is in no swarm, which overlay networks need`,
      'docker swarm init, or another driver.',
    );
  const part = { ipvlan: 'IPVLAN', macvlan: 'MACVLAN' }[driver];
  if (part !== undefined && engine.local && kernelHas(part) === false)
    return error(`the kernel of this host has no ${driver}`, 'Use another driver.');
  return [];
}
