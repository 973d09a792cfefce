import { isIPv6 } from 'node:net';
import { MARK as PROCESS_MARK, parseMark } from '../../../../../agent/entry.ts';
import type { PortMapping } from '../../../../../model/container-spec.ts';
import { type Pointer, pointer } from '../../../../../model/json.ts';
import type { Snapshot } from '../../../../../model/record.ts';
import type { Workload } from '../../../../../model/workload.ts';
import { readKernelFile } from '../../../../../os/kernel-file.ts';
import { type PortOwner, portOwner } from '../../../../../os/port-owner.ts';
import { readEnvironVariable } from '../../../../../os/process.ts';
import type { Finding } from '../../../../contract.ts';
import { identityOf } from '../../../../marks.ts';
import { ownerOf } from '../../owner.ts';
import type { SeenContainer } from '../seen-container.ts';
import type { Facts } from './check.ts';
import { error, list, number } from './finding.ts';

const HINT = 'Stop what listens there, or publish another port.';

/** Whether somebody else has a port of the host that is to be published. Whatever this state has may be gone by then. */
export function checkPorts({ spec, desiredState }: Workload, facts: Facts): Finding[] {
  if (desiredState === 'stopped' || spec.container?.networkMode === 'host') return [];
  return list(spec.container?.ports).flatMap((mapping, index) => {
    const path = pointer('container', 'ports', index);
    return number(mapping.host) === undefined ? [] : portFindings(mapping, path, facts);
  });
}

function portFindings(mapping: PortMapping, path: Pointer, { engine, all, state }: Facts): Finding[] {
  const { host: port = 0, protocol = 'tcp', hostIp } = mapping;
  const what = protocol === 'tcp' ? `port ${port}` : `port ${port}/${protocol}`;
  // Where nobody has looked at the state it may be its own.
  const tell = (holder: string, sure = state !== undefined): Finding[] => [
    { ...error(path, `${what} of the host is in use by ${holder}`, HINT), severity: sure ? 'error' : 'warning' },
  ];
  const ofContainer = (one: SeenContainer): Finding[] =>
    isKnown(one, state) ? [] : tell(`the container ${one.name} (${ownerOf(one.labels)})`);
  const other = all.find((one) => one.ports.some((its) => its.host === port && clashes(its, { protocol, hostIp })));
  if (other !== undefined) return ofContainer(other);
  const ip = isAny(hostIp) ? undefined : hostIp;
  if (!engine.local || protocol === 'sctp' || (ip !== undefined && isIPv6(ip))) return [];
  const holder = portOwner(port, protocol, ip);
  if (holder === undefined || isOfState(holder, state)) return [];
  // One of networkMode: host listens by itself.
  const inside = containerOf(holder, all);
  if (inside !== undefined) return ofContainer(inside);
  const fromOther = isEngines(holder) && hasOthers(state, engine.name);
  return tell(`${holder.command} (pid ${holder.pid})`, state !== undefined && !fromOther);
}

const isAny = (ip: string | undefined): boolean => ip === undefined || ['', '0.0.0.0', '::'].includes(ip);

const clashes = (
  its: SeenContainer['ports'][number],
  { protocol, hostIp }: { protocol: string; hostIp: string | undefined },
): boolean => its.protocol === protocol && (isAny(its.hostIp) || isAny(hostIp) || its.hostIp === hostIp);

/** The container that a process runs in, by its cgroup. */
function containerOf({ pid }: PortOwner, all: readonly SeenContainer[]): SeenContainer | undefined {
  const groups = readKernelFile(`/proc/${pid}/cgroup`) ?? '';
  return all.find(({ id }) => groups.includes(id));
}

/** It bears this state's marks, or this state has taken it over. */
function isKnown(seen: SeenContainer, state: Snapshot | null | undefined): boolean {
  if (state === undefined || state === null) return false;
  if (identityOf(seen.labels)?.lineage === state.lineage) return true;
  return Object.values(state.workloads).some(({ handle }) => handle?.['id'] === seen.id);
}

/** A process that pj has started for this very state, or that it has taken over. */
function isOfState({ pid }: PortOwner, state: Snapshot | null | undefined): boolean {
  if (state === undefined || state === null) return false;
  const mark = parseMark(readEnvironVariable(pid, PROCESS_MARK) ?? '');
  if (mark?.lineage === state.lineage) return true;
  return Object.values(state.workloads).some(({ attributes }) => attributes['pid'] === pid);
}

/** What engines publish ports by. */
const isEngines = ({ command }: PortOwner): boolean =>
  /^(docker-proxy|conmon|rootlessport|slirp4netns|pasta|exe)$/.test(command);

/** Whether this state has something on another engine, which may move here. */
const hasOthers = (state: Snapshot | null | undefined, engine: string): boolean =>
  Object.values(state?.workloads ?? {}).some(
    ({ kind, handle }) => kind === 'container' && handle !== null && handle['runtime'] !== engine,
  );
