import { readdirSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Cgroup, type CgroupHost, openCgroup } from '../../../../os/cgroup.ts';
import { errno } from '../../../../os/kernel-file.ts';

/** The folders of pj's containers, and of LXC's processes that watch them, in the trees of cgroups. */
const PARENTS = { container: 'pj-lxc', monitor: 'pj-lxc.monitor' };

/** A container's group. */
export const groupOf = (host: CgroupHost, name: string): Cgroup => openCgroup(host, [PARENTS.container, name]);

/** The paths of a container's groups in every tree. */
export function groupPaths(host: CgroupHost, name: string): { container: string; monitor: string } {
  const own = groupOf(host, name).name.at(-1) ?? name;
  return { container: join(PARENTS.container, own), monitor: join(PARENTS.monitor, own) };
}

/** The folder of a v1 controller, also of one that pj's own detection does not look for. */
export function v1Folder(host: CgroupHost, controller: string): string | undefined {
  const known = Object.values(host.v1)[0];
  return known === undefined ? undefined : join(dirname(known), controller);
}

/** Removes the groups that a monitor has left when it was killed: LXC would not start the container because of them. What still lives is let be. */
export function removeStale(host: CgroupHost, name: string): void {
  const known = Object.values(host.v1)[0];
  const trees = known === undefined ? [] : readdirSync(dirname(known)).map((tree) => join(dirname(known), tree));
  const bases = new Set([...trees, ...(host.unified === undefined ? [] : [host.unified])]);
  for (const base of bases) for (const path of Object.values(groupPaths(host, name))) removeEmpty(join(base, path));
}

/** Removes a group and those below it, where nothing lives in them. */
function removeEmpty(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
    rmdirSync(folder);
  } catch (thrown) {
    if (!['ENOENT', 'ENOTDIR', 'EBUSY', 'ENOTEMPTY', 'ENODEV'].includes(errno(thrown) ?? '')) throw thrown;
  }
}
