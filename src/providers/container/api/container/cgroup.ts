import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LIMITED, type LimitedResource } from '../../../../os/cgroup-host.ts';
import { readLimitV1 } from '../../../../os/cgroup-v1.ts';
import { readLimitV2 } from '../../../../os/cgroup-v2.ts';
import { readKernelFile, readNumber } from '../../../../os/kernel-file.ts';
import type { ApiEngine } from '../connection/engine.ts';

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

/** Where a container's groups are in every tree of this host, by controller, or would be. `unified`: that of cgroup v2. */
export function containerFolders(engine: ApiEngine['name'], id: string): Record<string, string> {
  const trees: [string, string][] = isV2()
    ? [['unified', ROOT]]
    : ['cpu', 'cpuacct', 'memory', 'pids', 'blkio'].map((name) => [name, join(ROOT, name)]);
  const places = PLACES[engine].map((place) => place(id));
  return Object.fromEntries(
    trees.flatMap(([name, tree]) => {
      const folders = places.map((place) => join(tree, place));
      // It has none while it does not run; a later one comes where the engine has those of others.
      const folder =
        folders.find((one) => existsSync(one)) ?? folders.find((one) => existsSync(dirname(one))) ?? folders[0];
      return folder === undefined ? [] : [[name, folder]];
    }),
  );
}

export const isV2 = (): boolean => existsSync(join(ROOT, 'cgroup.controllers'));

/** What the kernel holds of a container: cores, bytes, tasks; `swap`: memory and swap together. Undefined is no limit. */
export type HeldByKernel = { [R in LimitedResource | 'reservation' | 'swap']?: number | undefined } & {
  cpuset?: string | undefined;
};

/** The limits that the kernel holds of a container; undefined where it has no group that can be seen here. */
export function containerLimits(engine: ApiEngine['name'], id: string): HeldByKernel | undefined {
  const v2 = isV2();
  const group = (controller: string): string => containerGroup(engine, id, controller) ?? '';
  if (LIMITED.some((resource) => group(resource) === '')) return undefined;
  const read = v2 ? readLimitV2 : readLimitV1;
  const memory = group('memory');
  const cpuset = readKernelFile(join(group('cpuset'), 'cpuset.cpus'))?.trim();
  const limit = read(memory, 'memory');
  return {
    cpu: read(group('cpu'), 'cpu'),
    memory: limit,
    pids: read(group('pids'), 'pids'),
    reservation: bounded(readNumber(join(memory, v2 ? 'memory.low' : 'memory.soft_limit_in_bytes'))),
    swap: v2
      ? sum(limit, readNumber(join(memory, 'memory.swap.max')))
      : bounded(readNumber(join(memory, 'memory.memsw.limit_in_bytes'))),
    cpuset: cpuset === '' ? undefined : cpuset,
  };
}

/** No limit reads as the largest page-aligned number, 2^63 - 4096 or so. */
const bounded = (bytes: number | undefined): number | undefined =>
  bytes === undefined || bytes >= 2 ** 62 ? undefined : bytes;

const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;
