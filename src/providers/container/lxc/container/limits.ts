import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { at, equal, type Json, type Pointer } from '../../../../model/json.ts';
import type { Spec } from '../../../../model/spec.ts';
import { writeFileAtomic } from '../../../../os/atomic-file.ts';
import { type Cgroup, type CgroupHost, isHeld } from '../../../../os/cgroup.ts';
import { cpuQuota } from '../../../../os/cgroup-v1.ts';
import { readKernelFile, readNumber, writeKernelFile } from '../../../../os/kernel-file.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing, Lxc } from '../engine.ts';
import { filesOf } from '../place.ts';
import { type ConfigLine, configText } from './config-text.ts';
import { groupOf, groupPaths, v1Folder } from './groups.ts';
import type { SeenContainer } from './seen-container.ts';

/** A file of a controller and what is to be in it. */
type Setting = readonly [file: string, value: string];

/** Where a container's groups are, and what they are to hold. */
export function cgroupLines(host: CgroupHost, name: string, spec: Spec): ConfigLine[] {
  const { container, monitor } = groupPaths(host, name);
  const key = host.version === 'v2' ? 'lxc.cgroup2' : 'lxc.cgroup';
  return [
    ['lxc.cgroup.dir.container', container],
    ['lxc.cgroup.dir.monitor', monitor],
    ...settings(host, spec).map(([file, value]) => [`${key}.${file}`, value] as const),
  ];
}

/** Every limit of a spec as what the kernel takes; in an order that it takes them in. */
function settings(host: CgroupHost, spec: Spec): Setting[] {
  const v2 = host.version === 'v2';
  const { cpu, memory, maxProcesses } = spec.resources ?? {};
  const { memorySwap, memoryReservation, cpuset } = spec.container ?? {};
  const all: Setting[] = [];
  if (cpu !== undefined) {
    const { quota, period } = cpuQuota(cpu);
    if (v2) all.push(['cpu.max', `${quota} ${period}`]);
    else all.push(['cpu.cfs_period_us', String(period)], ['cpu.cfs_quota_us', String(quota)]);
  }
  if (memory !== undefined) {
    all.push([v2 ? 'memory.max' : 'memory.limit_in_bytes', String(memory)]);
    const swap = memorySwap ?? 0;
    if (v2 && swapIsCounted(host)) all.push(['memory.swap.max', String(swap)]);
    if (!v2 && swapIsCounted(host)) all.push(['memory.memsw.limit_in_bytes', String(memory + swap)]);
  }
  if (memoryReservation !== undefined)
    all.push([v2 ? 'memory.low' : 'memory.soft_limit_in_bytes', String(memoryReservation)]);
  if (maxProcesses !== undefined) all.push(['pids.max', String(maxProcesses)]);
  if (cpuset !== undefined) all.push(['cpuset.cpus', cpuset]);
  return [...all, ...blockIo(v2, spec)];
}

function blockIo(v2: boolean, { container }: Spec): Setting[] {
  const { weight, readBps = {}, writeBps = {}, readIops = {}, writeIops = {} } = container?.blkio ?? {};
  const rates = [
    ['read_bps', 'rbps', readBps],
    ['write_bps', 'wbps', writeBps],
    ['read_iops', 'riops', readIops],
    ['write_iops', 'wiops', writeIops],
  ] as const;
  return [
    ...(weight === undefined ? [] : [[v2 ? 'io.weight' : 'blkio.weight', String(weight)] as const]),
    ...rates.flatMap(([old, key, devices]) =>
      Object.entries(devices).map(([device, rate]): Setting => {
        const number = deviceNumber(device) ?? device;
        return v2 ? ['io.max', `${number} ${key}=${rate}`] : [`blkio.throttle.${old}_device`, `${number} ${rate}`];
      }),
    ),
  ];
}

/** `8:0`; undefined for what is no device. */
export function deviceNumber(path: string): string | undefined {
  const rdev = existsSync(path) ? statSync(path).rdev : 0;
  // As the kernel packs them: 12 bits of the major between 8 and 12 bits of the minor.
  return rdev === 0 ? undefined : `${(rdev >> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >> 12) & 0xfff00)}`;
}

export function swapIsCounted(host: CgroupHost): boolean {
  if (host.version !== 'v2') return existsSync(join(host.v1.memory ?? '/nowhere', 'memory.memsw.limit_in_bytes'));
  // The top has no such file; any group below it has.
  return existsSync('/proc/swaps');
}

/** Whether this kernel can weigh block io of a group. */
export const hasIoWeight = (host: CgroupHost): boolean =>
  host.version === 'v2'
    ? /\bio\b/.test(readKernelFile(join(host.unified ?? '', 'cgroup.controllers')) ?? '')
    : existsSync(join(v1Folder(host, 'blkio') ?? '/nowhere', 'blkio.weight'));

/** Sets a spec's limits on a container that runs, and reads them back. Gives what the kernel refuses or holds otherwise. */
export function applyLimits(host: CgroupHost, name: string, spec: Spec): string[] {
  const group = groupOf(host, name);
  const { cpu, memory, maxProcesses } = spec.resources ?? {};
  const wanted = {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(maxProcesses === undefined ? {} : { pids: maxProcesses }),
  };
  const refused = group.setLimits(wanted).notHeld.map(({ reason }) => reason);
  // Those that it has set already are left out.
  for (const [file, value] of settings(host, spec)) {
    if (/^(cpu\.|pids\.|memory\.(max|limit))/.test(file)) continue;
    const folder = folderFor(host, group, file);
    const code = folder === undefined ? 'ENOENT' : writeKernelFile(join(folder, file), value);
    if (code !== undefined) refused.push(`${file}: ${code}`);
  }
  if (refused.length > 0) return refused;
  return Object.entries(limitFields(host, name, spec)).flatMap(([path, now]) => {
    const asked = at(spec, path);
    const key = path.slice(1).replaceAll('/', '.');
    return equal(now, asked ?? null) ? [] : [`the kernel holds ${key} = ${String(now)}, not ${String(asked)}`];
  });
}

/** Sets a spec's limits on a container that pj has taken over: in its configuration, and where it runs by LXC, which knows its groups. */
export async function limitForeign(
  { host, place, tool }: Lxc,
  { name, dir, state }: SeenContainer,
  spec: Spec,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const prefix = host.version === 'v2' ? 'lxc.cgroup2' : 'lxc.cgroup';
  const file = filesOf(dir).config;
  let config = readFileSync(file, 'utf8');
  for (const [key, value] of settings(host, spec)) {
    if (state === 'running' || state === 'paused')
      await tool(['lxc-cgroup', '-P', place.containers, '-n', name, key, value], doing, context);
    const kept = config.split('\n').filter((line) => line.split('=')[0]?.trim() !== `${prefix}.${key}`);
    config = `${kept.join('\n').trimEnd()}\n${configText([[`${prefix}.${key}`, value]])}`;
  }
  writeFileAtomic(file, config, { mode: statSync(file).mode & 0o777 });
}

/** Where a file of a group's controller is. */
function folderFor(host: CgroupHost, group: Cgroup, file: string): string | undefined {
  if (host.version === 'v2') return group.path;
  const base = v1Folder(host, file.split('.')[0] ?? '');
  return base === undefined ? undefined : join(base, ...group.name);
}

/** The limits that the user set, as the kernel holds them. */
export function limitFields(host: CgroupHost, name: string, spec: Spec): Record<Pointer, Json> {
  const group = groupOf(host, name);
  const held = group.readLimits();
  const fields: Record<Pointer, Json> = {};
  const { resources = {}, container } = spec;
  const tell = (path: Pointer, resource: 'cpu' | 'memory' | 'pids', wanted: number | undefined): void => {
    if (typeof wanted !== 'number') return;
    fields[path] = isHeld(resource, wanted, held[resource]) ? wanted : (held[resource] ?? null);
  };
  tell('/resources/cpu', 'cpu', resources.cpu);
  tell('/resources/memory', 'memory', resources.memory);
  tell('/resources/maxProcesses', 'pids', resources.maxProcesses);
  const reservation = container?.memoryReservation;
  if (typeof reservation === 'number') {
    const file = host.version === 'v2' ? 'memory.low' : 'memory.soft_limit_in_bytes';
    const bytes = readNumber(join(folderFor(host, group, file) ?? '/nowhere', file));
    if (bytes !== undefined)
      fields['/container/memoryReservation'] = isHeld('memory', reservation, bytes) ? reservation : bytes;
  }
  if (typeof container?.cpuset === 'string') {
    const cpus = readKernelFile(join(folderFor(host, group, 'cpuset.cpus') ?? '/nowhere', 'cpuset.cpus'))?.trim();
    if (cpus !== undefined) fields['/container/cpuset'] = sameCpus(cpus, container.cpuset) ? container.cpuset : cpus;
  }
  return fields;
}

const sameCpus = (a: string, b: string): boolean => cpusIn(a).join() === cpusIn(b).join();

function cpusIn(list: string): number[] {
  const cpus = list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return [...new Set(cpus)].sort((a, b) => a - b);
}
