import { isBelow, isObject, type Json, type Pointer } from '../../model/json.ts';
import type { UpdateClass } from '../../model/plan.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';
import { runtimeIn } from './recorded-runtime.ts';

type Told = { updateClass: UpdateClass; reason: string };

const live = (reason: string): Told => ({ updateClass: 'live', reason });
const replace = (reason: string): Told => ({ updateClass: 'replace', reason });

const MADE = 'a container keeps what it was made with';

/** Paths that an engine takes while the container runs, where it has a value before and after: `no limit` cannot be set live. */
const LIMITS: readonly Pointer[] = [
  '/resources/cpu',
  '/resources/memory',
  '/resources/maxProcesses',
  '/container/memorySwap',
  '/container/memoryReservation',
  '/container/cpuset',
  '/container/blkio/weight',
];

/** The update class of a path of a container, with the reason for people. */
export function classifyContainer(
  path: Pointer,
  before: Json | undefined,
  after: Json | undefined,
  record?: WorkloadRecord,
): Told {
  const runtime = record === undefined ? undefined : runtimeIn(record.handle);
  if (LIMITS.includes(path)) {
    return after === undefined
      ? replace('an engine cannot take a limit away from a container that it has made')
      : live('the kernel takes new limits while it runs');
  }
  if (isBelow(path, '/resources/enforcement') || path === '/resources/disk')
    return live('the agent watches quotas, not the engine');
  if (path === '/resources')
    return limitsGo(before, after)
      ? replace('an engine cannot take a limit away from a container that it has made')
      : live('the kernel takes new limits while it runs');
  if (isBelow(path, '/restart')) {
    if (/^\/restart\/(delay|maxDelay|resetAfter)$/.test(path)) return live('engines have times of their own for this');
    return runtime === 'podman'
      ? replace('this version of Podman sets the restart policy when the container is made')
      : live('the engine takes a new restart policy while it runs');
  }
  if (isBelow(path, '/healthCheck')) return classifyHealth(path, before, after, record?.spec);
  if (isBelow(path, '/stop/gracePeriod')) return live('pj tells it to the engine with each stop');
  if (isBelow(path, '/monitoring')) return live('pj samples it from outside');
  if (/^\/(name|description|version)$/.test(path)) return live('the container does not know of it');
  if (/^\/container\/(pull|registry)(\/|$)/.test(path)) return live('it matters when the container is made next');
  if (path === '/container/runtime' && isThere(after, record)) return live('it is there already');
  if (path === '/container/image') return replace('another image is another container');
  if (isBelow(path, '/volumes')) return replace('what is mounted is settled when the container is made');
  if (isBelow(path, '/container/networks')) return replace('networks are settled when the container is made');
  return replace(MADE);
}

/** Checks that the engine runs are part of the container; those that pj makes from outside are not. */
function classifyHealth(
  path: Pointer,
  before: Json | undefined,
  after: Json | undefined,
  spec: Spec | undefined,
): Told {
  const typeIn = (value: Json | undefined): unknown =>
    path === '/healthCheck/type'
      ? value
      : path === '/healthCheck' && isObject(value)
        ? value['type']
        : spec?.healthCheck?.type;
  const byEngine = [typeIn(before), typeIn(after)].includes('exec') || path === '/healthCheck/enabled';
  return byEngine
    ? replace('the engine runs this check, as the container was made with it')
    : live('pj makes the check from outside');
}

function limitsGo(before: Json | undefined, after: Json | undefined): boolean {
  const kept = isObject(after) ? after : {};
  return (
    isObject(before) &&
    ['cpu', 'memory', 'maxProcesses'].some((key) => before[key] !== undefined && kept[key] === undefined)
  );
}

/** Why an old and a new container of one workload cannot run side by side. */
export function containersApart(before: Spec, after: Spec): string | undefined {
  const ports = publishedPorts(before).filter((port) => publishedPorts(after).includes(port));
  if (ports.length > 0) return `both would publish port ${ports.join(', ')} of this host, which only one of them can`;
  const addresses = fixedAddresses(before).filter((address) => fixedAddresses(after).includes(address));
  if (addresses.length > 0) return `both would have the fixed address ${addresses.join(', ')}`;
  if (after.container?.networkMode === 'host' && before.container?.networkMode === 'host')
    return 'both would listen on the same ports of this host (networkMode: host)';
  return undefined;
}

function publishedPorts({ container }: Spec): string[] {
  return (container?.ports ?? []).flatMap(({ host, hostIp, protocol }) =>
    host === undefined
      ? []
      : [
          `${hostIp === undefined ? '' : `${hostIp}:`}${host}${protocol === undefined || protocol === 'tcp' ? '' : `/${protocol}`}`,
        ],
  );
}

function fixedAddresses({ container }: Spec): string[] {
  return (container?.networks ?? []).flatMap(({ address, address6, mac }) =>
    [address, address6, mac].filter((one) => one !== undefined),
  );
}

/** The update class of a path of a network. */
export function classifyNetwork(
  path: Pointer,
  _before?: Json,
  after?: Json,
  record?: Pick<WorkloadRecord, 'handle'>,
): Told {
  if (path === '/network/external') return live('it says who makes and removes it, not what it is');
  if (path === '/network/runtime' && isThere(after, record)) return live('it is there already');
  if (/^\/(name|description|version)$/.test(path)) return live('the engine does not know of it');
  return replace('a network keeps what it was made with');
}

/** The update class of a path of a volume. */
export function classifyVolume(
  path: Pointer,
  _before?: Json,
  after?: Json,
  record?: Pick<WorkloadRecord, 'handle'>,
): Told {
  if (path === '/volume/external') return live('it says who makes and removes it, not what it is');
  if (path === '/volume/runtime' && isThere(after, record)) return live('it is there already');
  if (/^\/(name|description|version)$/.test(path)) return live('the engine does not know of it');
  if (path === '/volume/type') return live('it says what destroy does, not what the volume is');
  return replace('a volume keeps what it was made with');
}

/** A runtime that is named, or no longer is, where the thing is on that very one. */
const isThere = (after: Json | undefined, record: Pick<WorkloadRecord, 'handle'> | undefined): boolean =>
  record !== undefined && (after === undefined || after === runtimeIn(record.handle));
