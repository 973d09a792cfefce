import { join } from 'node:path';
import type { Sighting } from '../../agent/calls.ts';
import { cgroupOf } from '../../agent/limits.ts';
import { PjError } from '../../errors.ts';
import type { EnforcedResource } from '../../model/spec.ts';
import { type CgroupHost, detectCgroups, isHeld } from '../../os/cgroup.ts';
import { readKernelFile, readNumber, writeKernelFile } from '../../os/kernel-file.ts';
import type { Throttle } from '../contract.ts';

/** Why a resource of a process that the agent runs cannot be throttled on this host; undefined where it can. */
export function unthrottledProcess(resource: EnforcedResource, host: CgroupHost = detectCgroups()): string | undefined {
  switch (resource) {
    case 'cpu':
      return host.controllers.has('cpu') ? undefined : (host.reason ?? 'no cpu controller on this host');
    case 'memory':
      if (host.version === 'v2' && host.controllers.has('memory')) return undefined;
      return host.version === 'v1' || host.version === 'hybrid'
        ? 'cgroup v1 knows no limit of memory that slows down: only cgroup v2 does (memory.high)'
        : (host.reason ?? 'no memory controller on this host');
    case 'threads':
      return 'threads cannot be slowed down one by one: the kernel refuses more than resources.maxThreads';
    case 'disk':
      return 'what is on the disk does not become less by writing slower';
  }
}

/**
 * Sets, or lifts, limits on the group of a process in care, and gives what the kernel holds then. Lifted is what the agent was told last: its entry's
 * spec. Throws PJ5306 where the kernel holds something else.
 */
export function throttleProcess(sighting: Sighting | undefined, throttle: Throttle): Throttle {
  if (sighting?.alive !== true) return {};
  const { entry } = sighting;
  const host = detectCgroups();
  const group = cgroupOf(host, entry.home);
  const fail = (reason: string): never => {
    throw new PjError('PJ5306', { id: entry.identity.id, reason });
  };
  for (const resource of ['cpu', 'memory'] as const) {
    const why = throttle[resource] === undefined ? undefined : unthrottledProcess(resource, host);
    if (why !== undefined) fail(why);
  }
  const held: Throttle = {};
  if (throttle.cpu !== undefined) {
    const cpu = throttle.cpu ?? entry.spec.resources?.cpu ?? null;
    const report = group.setLimits({ cpu });
    const [refused] = report.notHeld;
    if (refused !== undefined) fail(refused.reason);
    const now = report.held.cpu;
    if (cpu === null ? now !== undefined : !isHeld('cpu', cpu, now))
      fail(`the kernel holds ${now ?? 'no limit'} cores, not ${cpu ?? 'no limit'}`);
    held.cpu = now ?? null;
  }
  if (throttle.memory !== undefined) held.memory = setHigh(group.path, throttle.memory, fail);
  return held;
}

/** The limit above which the kernel slows down instead of killing. Bytes. */
export function setHigh(folder: string, bytes: number | null, fail: (reason: string) => never): number | null {
  const file = join(folder, 'memory.high');
  const code = writeKernelFile(file, bytes === null ? 'max' : String(Math.floor(bytes)));
  if (code !== undefined) fail(`${file}: ${code}`);
  if (bytes === null) return readKernelFile(file)?.trim() === 'max' ? null : fail(`${file} is not lifted`);
  const now = readNumber(file);
  if (now === undefined || !isHeld('memory', bytes, now))
    fail(`the kernel holds ${now ?? 'no limit'} bytes, not ${bytes}`);
  return now ?? null;
}
