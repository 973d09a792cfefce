import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITED, type LimitedResource } from '../../../os/cgroup-host.ts';
import { readLimitV1 } from '../../../os/cgroup-v1.ts';
import { readLimitV2 } from '../../../os/cgroup-v2.ts';
import type { ApiEngine } from './engine.ts';

const ROOT = '/sys/fs/cgroup';

/** Where engines put a container's group below a controller's tree: with their own driver of cgroups, and with systemd's. */
const PLACES: Record<ApiEngine['name'], ((id: string) => string)[]> = {
  docker: [(id) => `docker/${id}`, (id) => `system.slice/docker-${id}.scope`],
  podman: [(id) => `libpod_parent/libpod-${id}`, (id) => `machine.slice/libpod-${id}.scope`],
};

/** The group of a container in a controller's tree on this host; `unified`: that of cgroup v2. Undefined where there is none. */
export function containerGroup(engine: ApiEngine['name'], id: string, controller: string): string | undefined {
  const tree = isV2() ? ROOT : join(ROOT, controller);
  return PLACES[engine].map((place) => join(tree, place(id))).find((folder) => existsSync(folder));
}

export const isV2 = (): boolean => existsSync(join(ROOT, 'cgroup.controllers'));

/** The limits that the kernel holds of a container; undefined where it has no group that can be seen here. Cores, bytes, tasks. */
export function containerLimits(
  engine: ApiEngine['name'],
  id: string,
): { [R in LimitedResource]?: number | undefined } | undefined {
  const read = isV2() ? readLimitV2 : readLimitV1;
  const groups = LIMITED.flatMap((resource) => {
    const folder = containerGroup(engine, id, resource);
    return folder === undefined ? [] : [[resource, read(folder, resource)] as const];
  });
  return groups.length === 0 ? undefined : Object.fromEntries(groups);
}
