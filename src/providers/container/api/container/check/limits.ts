import type { ContainerSpec } from '../../../../../model/container-spec.ts';
import { type Pointer, pointer } from '../../../../../model/json.ts';
import type { Resources, Spec } from '../../../../../model/spec.ts';
import { readKernelFile } from '../../../../../os/kernel-file.ts';
import type { Finding } from '../../../../contract.ts';
import { checkEnforcement } from '../../../../enforcement.ts';
import type { EngineInfo } from '../../connection/drivers.ts';
import { text } from '../../things-check.ts';
import { engineCgroups } from '../engine-cgroups.ts';
import { unthrottledContainer } from '../throttle.ts';
import type { Facts } from './check.ts';
import { error, number, warning } from './finding.ts';

const MIB = 1 << 20;
/** Bytes below which Docker makes no container. */
const LEAST_MEMORY = 6 * MIB;
/** The least share of a processor that the kernel counts. */
const LEAST_CPU = 0.01;

/** Limits that would not be held, or that the engine refuses. */
export async function checkLimits(
  { resources = {}, container = { image: '' } }: Spec,
  facts: Facts,
): Promise<Finding[]> {
  return [
    ...(await checkHeld(resources, container, facts)),
    ...(await checkCpus(resources, container, facts)),
    ...(await checkMemory(resources, container, facts)),
    ...checkWatched(resources),
    ...checkEnforcement(resources, (resource) => unthrottledContainer(resource, facts.engine)),
  ];
}

/** Which limit needs which controller of the kernel, by that name and as the engine tells of it. */
const CONTROLLERS: readonly { path: Pointer; controller: string; told: keyof EngineInfo['limits'] }[] = [
  { path: '/resources/cpu', controller: 'cpu', told: 'cpu' },
  { path: '/resources/memory', controller: 'memory', told: 'memory' },
  { path: '/resources/maxProcesses', controller: 'pids', told: 'pids' },
  { path: '/container/memoryReservation', controller: 'memory', told: 'memory' },
  { path: '/container/cpuset', controller: 'cpuset', told: 'cpuset' },
];

async function checkHeld(resources: Resources, container: ContainerSpec, facts: Facts): Promise<Finding[]> {
  const set: Record<Pointer, unknown> = {
    '/resources/cpu': resources.cpu,
    '/resources/memory': resources.memory,
    '/resources/maxProcesses': resources.maxProcesses,
    '/container/memoryReservation': container.memoryReservation,
    '/container/cpuset': container.cpuset,
  };
  const wanted = CONTROLLERS.filter(({ path }) => set[path] !== undefined);
  if (wanted.length === 0) return [];
  const { engine } = facts;
  const kernel = engineCgroups(engine);
  const limits = kernel === undefined ? (await facts.info()).limits : undefined;
  const hint = 'Run the engine as root, have the controller delegated to its user, or take the limit away.';
  return wanted.flatMap(({ path, controller, told }) => {
    if (kernel?.controllers.has(controller) ?? limits?.[told] ?? true) return [];
    const why = kernel?.reason ?? 'it says that its kernel has no such controller';
    return [error(path, `${engine.label} cannot hold it (controller ${controller}): ${why}`, hint)];
  });
}

async function checkCpus({ cpu }: Resources, { cpuset }: ContainerSpec, facts: Facts): Promise<Finding[]> {
  const { engine } = facts;
  const findings: Finding[] = [];
  const cores = number(cpu);
  if (cores !== undefined && cores < LEAST_CPU)
    findings.push(
      error('/resources/cpu', `the kernel counts no less than ${LEAST_CPU} cores`, `Say ${LEAST_CPU} or more.`),
    );
  // Of this host the loader tells it.
  if (cores !== undefined && !engine.local) {
    const { cpus } = await facts.info();
    const message = `${cores} cores are more than the host of ${engine.label} has (${cpus})`;
    if (cpus > 0 && cores > cpus) findings.push(warning('/resources/cpu', message, 'Say less, or use a bigger host.'));
  }
  const wanted = text(cpuset);
  if (wanted === undefined) return findings;
  const asked = numbersIn(wanted);
  if (asked === undefined)
    return [...findings, error('/container/cpuset', `${wanted} is no list of cpus`, 'Say it as in 0-3 or 0,2.')];
  const online = engine.local
    ? (readKernelFile('/sys/devices/system/cpu/online')?.trim() ?? '')
    : `0-${(await facts.info()).cpus - 1}`;
  const there = numbersIn(online);
  const lacking = there === undefined ? [] : [...asked].filter((one) => !there.has(one));
  if (lacking.length === 0) return findings;
  const message = `cpu ${lacking.slice(0, 8).join(', ')} is not there: ${engine.label} has ${online}`;
  return [...findings, error('/container/cpuset', message, `Choose of ${online}.`)];
}

/** The numbers in `0-3,5`; undefined for what is no such list. */
function numbersIn(written: string): Set<number> | undefined {
  const all = new Set<number>();
  for (const part of written.split(',')) {
    const [, from, to = from] = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part) ?? [];
    if (from === undefined || Number(to) < Number(from)) return undefined;
    for (let one = Number(from); one <= Number(to); one++) all.add(one);
  }
  return all;
}

async function checkMemory(
  resources: Resources,
  { memoryReservation, memorySwap }: ContainerSpec,
  { engine, info }: Facts,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const memory = number(resources.memory);
  const reserved = number(memoryReservation);
  if (engine.name === 'docker' && memory !== undefined && memory < LEAST_MEMORY)
    findings.push(
      error('/resources/memory', `${mib(memory)} is less than ${engine.label} takes`, 'Say 6 MiB or more.'),
    );
  if (memory !== undefined && reserved !== undefined && reserved > memory) {
    const message = `${mib(reserved)} are more than the memory that it may use (${mib(memory)})`;
    findings.push(error('/container/memoryReservation', message, 'Say less, or give it more `resources.memory`.'));
  }
  if (memorySwap === undefined) return findings;
  const path = '/container/memorySwap';
  if (resources.memory === undefined)
    findings.push(error(path, 'swap can only be limited together with memory', 'Set `resources.memory`, too.'));
  else if (!(await info()).limits.swap) {
    const hint = 'Boot its kernel with swapaccount=1, or take it away.';
    findings.push(error(path, `the kernel of ${engine.label} does not count swap, so that it would not be held`, hint));
  }
  return findings;
}

/** What no engine holds: only what is enforced is watched. */
function checkWatched({ disk, maxThreads, enforcement }: Resources): Finding[] {
  const tell = (key: keyof Resources, message: string, hint: string): Finding =>
    warning(pointer('resources', key), message, hint);
  return [
    ...(disk === undefined || enforcement?.disk !== undefined
      ? []
      : [
          tell(
            'disk',
            'no engine holds the disk use of a container',
            'Put its data into a volume that has a `size`, or say `resources.enforcement.disk`: then the agent watches it.',
          ),
        ]),
    ...(maxThreads === undefined || enforcement?.threads !== undefined
      ? []
      : [tell('maxThreads', 'not held for a container', 'Say `maxProcesses`: the kernel counts its threads with it.')]),
  ];
}

const mib = (bytes: number): string => `${Math.round((bytes / MIB) * 10) / 10} MiB`;
