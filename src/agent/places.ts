import { join } from 'node:path';
import type { CgroupHost } from '../os/cgroup.ts';
import type { KernelPlaces } from '../providers/contract.ts';
import type { Entry } from './entry.ts';
import { cgroupOf } from './limits.ts';
import { volumeDir } from './volumes.ts';

/** Where the kernel counts what an instance in care uses; undefined where this host lets the agent make no groups, or it has none (one that was taken over). */
export function placesOf(entry: Entry, host: CgroupHost, project: string): KernelPlaces | undefined {
  if (!host.writable || entry.imported) return undefined;
  const { name } = cgroupOf(host, entry.home);
  const cgroup: KernelPlaces['cgroup'] = {};
  if (host.unified !== undefined) cgroup['unified'] = join(host.unified, ...name);
  for (const [controller, base] of Object.entries(host.v1)) cgroup[controller] = join(base, ...name);
  const disk = (entry.spec.volumes ?? [])
    .filter(({ type }) => type !== 'bind' && type !== 'tmpfs')
    .map((volume) => volumeDir(project, entry.home, volume));
  return { id: entry.identity.id, cgroup, disk };
}
