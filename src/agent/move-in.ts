import { PjError } from '../errors.ts';
import type { Spec } from '../model/spec.ts';
import type { CgroupHost } from '../os/cgroup.ts';
import { isAlive, type ProcessIdentity } from '../os/identity.ts';
import { writeKernelFile } from '../os/kernel-file.ts';
import { treePids } from '../os/process.ts';
import type { Home } from './entry.ts';
import { applyLimits, cgroupOf } from './limits.ts';

/**
 * Moves a process that runs already, and its descendants, into an instance's cgroup, so that from then on the kernel knows what belongs to
 * it. Without cgroups nothing is done. Throws PJ5305 when the process has ended meanwhile.
 */
export function moveIn(
  host: CgroupHost,
  home: Home,
  spec: Spec,
  target: ProcessIdentity,
): { held: string[]; notes: string[] } {
  if (!host.writable) return { held: [], notes: [] };
  const group = cgroupOf(host, home);
  group.create();
  const { held, refused } = applyLimits(group, spec);
  const notes = refused.map((text) => `limit not held: ${text}`);
  const moved = new Set<string>();
  // Whoever is forked before its parent has moved is found in the next round.
  for (let round = 0; round < 20; round++) {
    const family = [target, ...treePids({ identity: target })].filter(
      (one) => !moved.has(`${one.pid} ${one.startTime}`),
    );
    if (family.length === 0) break;
    for (const member of family) {
      moved.add(`${member.pid} ${member.startTime}`);
      for (const file of group.procsFiles()) {
        if (!isAlive(member)) continue;
        const failed = writeKernelFile(file, String(member.pid));
        if (failed !== undefined && failed !== 'ESRCH')
          notes.push(`pid ${member.pid} could not join ${file}: ${failed}`);
      }
    }
  }
  if (!isAlive(target)) {
    group.remove();
    throw new PjError('PJ5305', { pid: target.pid, id: home.id, reason: 'it ended just now' });
  }
  return { held, notes };
}
