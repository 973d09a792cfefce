import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkloadRecord } from '../../../../model/record.ts';
import type { KernelPlaces, Usage } from '../../../contract.ts';
import type { Lxc } from '../engine.ts';
import { filesOf } from '../place.ts';
import { groupOf, groupPaths, v1Folder } from './groups.ts';

/** Younger than this, a sample says nothing about use per second. Milliseconds. */
const SHORTEST = 100;

/** Tells what containers use now. Cpu is of the time since it was asked last; where that is none, of the next tenth of a second. */
export function usageMeter(): (lxc: Lxc, records: readonly WorkloadRecord[]) => Promise<Usage[]> {
  const before = new Map<string, { usec: number; at: number }>();
  return async (lxc, records) => {
    const there = records
      .map((record) => ({ id: record.id, group: groupOf(lxc.host, String(record.handle?.['name'])) }))
      .filter(({ group }) => group.exists());
    const isFresh = (id: string): boolean => performance.now() - (before.get(id)?.at ?? -SHORTEST) < SHORTEST;
    const first = there.filter(({ id }) => !before.has(id) || isFresh(id));
    for (const { id, group } of first) before.set(id, { usec: group.usage().cpuUsec, at: performance.now() });
    if (first.length > 0) await delay(SHORTEST);
    return there.map(({ id, group }) => {
      const { cpuUsec, memory, pids } = group.usage();
      const at = performance.now();
      const last = before.get(id);
      before.set(id, { usec: cpuUsec, at });
      // A start in between begins to count from 0.
      const cpu =
        last === undefined || cpuUsec < last.usec ? {} : { cpu: (cpuUsec - last.usec) / 1000 / (at - last.at) };
      return { id, ...cpu, memory, processes: pids };
    });
  };
}

/** Where the kernel counts what containers use. */
export function placesOf({ host, place }: Lxc, records: readonly WorkloadRecord[]): KernelPlaces[] {
  return records.flatMap(({ id, handle, spec }) => {
    const name = handle?.['name'];
    if (typeof name !== 'string') return [];
    const { container } = groupPaths(host, name);
    const cgroup: KernelPlaces['cgroup'] = {};
    if (host.unified !== undefined) cgroup['unified'] = join(host.unified, container);
    for (const controller of host.version === 'v2' ? [] : CONTROLLERS) {
      const folder = v1Folder(host, controller);
      if (folder !== undefined && existsSync(folder)) cgroup[controller] = join(folder, container);
    }
    const { rootfs, volumes } = filesOf(join(place.containers, name));
    // A root file system is the container's own, so that all of it counts against a quota; without one it is not walked.
    const named = (spec.volumes ?? []).flatMap(({ name: volume, type }) =>
      volume === undefined || type === 'bind' || type === 'tmpfs' ? [] : [join(place.volumes, volume, 'data')],
    );
    const disk = [volumes, ...named, ...(spec.resources?.disk === undefined ? [] : [rootfs])].filter((path) =>
      existsSync(path),
    );
    return [{ id, cgroup, network: true, disk }];
  });
}

const CONTROLLERS = ['cpu', 'cpuacct', 'memory', 'pids', 'blkio'];
