import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Spec } from '../../../../model/spec.ts';
import type { CgroupHost } from '../../../../os/cgroup.ts';
import { readKernelFile } from '../../../../os/kernel-file.ts';
import type { Tell } from './check.ts';
import { v1Folder } from './groups.ts';
import { deviceNumber, hasIoWeight, swapIsCounted } from './limits.ts';

const HINT = 'Take it away, or have the kernel give this controller (see `pj doctor`).';

/** The limits that the kernel of this host cannot hold. */
export function limitProblems(host: CgroupHost, { resources = {}, container }: Spec, error: Tell): void {
  const { cpu, memory, maxProcesses } = resources;
  const lacks = (controller: 'cpu' | 'memory' | 'pids'): boolean => !host.controllers.has(controller);
  const cannot = (path: string, what: string, hint = HINT): void => error(path, `this host cannot ${what}`, hint);
  if (cpu !== undefined && lacks('cpu')) cannot('/resources/cpu', `limit cpu: ${host.reason ?? 'no controller'}`);
  if (memory !== undefined && lacks('memory'))
    cannot('/resources/memory', `limit memory: ${host.reason ?? 'no controller'}`);
  if (maxProcesses !== undefined && lacks('pids'))
    cannot('/resources/maxProcesses', `limit processes: ${host.reason ?? 'no controller'}`);
  const { memorySwap, memoryReservation, cpuset, blkio } = container ?? {};
  if (memorySwap !== undefined && memory === undefined)
    error('/container/memorySwap', 'swap beside the memory needs resources.memory', 'Set that, too.');
  else if (memorySwap !== undefined && !swapIsCounted(host)) cannot('/container/memorySwap', 'count swap');
  if (memoryReservation !== undefined && lacks('memory')) cannot('/container/memoryReservation', 'limit memory');
  if (cpuset !== undefined && !has(host, 'cpuset')) cannot('/container/cpuset', 'choose cpus for a group');
  if (blkio === undefined) return;
  const { weight, ...rates } = blkio;
  if (weight !== undefined && !hasIoWeight(host)) cannot('/container/blkio/weight', 'weigh block io');
  for (const [key, devices] of Object.entries(rates)) {
    if (!has(host, 'blkio')) cannot(`/container/blkio/${key}`, 'limit block io');
    for (const device of Object.keys(devices))
      if (deviceNumber(device) === undefined)
        error(`/container/blkio/${key}`, `${device} is no device of this host`, 'Correct its path.');
  }
}

function has(host: CgroupHost, controller: 'cpuset' | 'blkio'): boolean {
  if (host.version !== 'v2') return existsSync(v1Folder(host, controller) ?? '/nowhere');
  const name = controller === 'blkio' ? 'io' : controller;
  return (readKernelFile(join(host.unified ?? '', 'cgroup.controllers')) ?? '').split(/\s+/).includes(name);
}
