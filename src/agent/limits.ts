import type { Json, Pointer } from '../model/json.ts';
import type { Resources, Spec } from '../model/spec.ts';
import { type Cgroup, type CgroupHost, isHeld, type LimitedResource, type Limits, openCgroup } from '../os/cgroup.ts';
import { type Entry, type Home, keyOf } from './entry.ts';

/** Which limit of a spec each controller holds. */
export const LIMIT_POINTERS: Record<LimitedResource, Pointer> = {
  cpu: '/resources/cpu',
  memory: '/resources/memory',
  pids: '/resources/maxProcesses',
};

/** The pointer that the pids controller holds for this spec: it counts tasks, so it holds maxThreads exactly where that is set. */
export function tasksPointer(resources: Resources | undefined): Pointer {
  return resources?.maxThreads === undefined ? LIMIT_POINTERS.pids : '/resources/maxThreads';
}

/** What the kernel is asked to hold; null where there is no limit. */
export function limitsOf(spec: Spec): { cpu: number | null; memory: number | null; pids: number | null } {
  const { cpu, memory, maxProcesses, maxThreads } = spec.resources ?? {};
  return { cpu: cpu ?? null, memory: memory ?? null, pids: maxThreads ?? maxProcesses ?? null };
}

/** The cgroup of an instance; it need not be there. */
export function cgroupOf(host: CgroupHost, home: Home): Cgroup {
  return openCgroup(host, cgroupName(home));
}

/** Lineage and folder, so that neither two projects nor two copies of one ever meet in a group. */
export function cgroupName(home: Home): string[] {
  return ['pj', home.lineage, `${keyOf(home)}+${home.place}`];
}

/** Sets what the spec asks for and lifts the rest. Gives the pointers that the kernel holds now, read back, and what it refused or holds otherwise. */
export function applyLimits(group: Cgroup, spec: Spec): { held: Pointer[]; refused: string[] } {
  const wanted = limitsOf(spec);
  const report = group.setLimits(wanted satisfies Limits);
  const held: Pointer[] = [];
  const refused = report.notHeld.map((one) => `${one.resource}: ${one.reason}`);
  for (const resource of ['cpu', 'memory', 'pids'] as const) {
    const want = wanted[resource];
    if (want === null || report.notHeld.some((one) => one.resource === resource)) continue;
    const now = report.held[resource];
    if (!isHeld(resource, want, now)) {
      refused.push(`${resource}: the kernel holds ${now ?? 'no limit'}, not ${want}`);
      continue;
    }
    held.push(resource === 'pids' ? tasksPointer(spec.resources) : LIMIT_POINTERS[resource]);
  }
  return { held, refused };
}

/**
 * What the kernel holds now of the limits that it was given: the wanted value itself where it holds that as near as it can (memory goes by
 * pages), else its own value, null for none.
 */
export function heldLimits(group: Cgroup, entry: Entry): Record<Pointer, Json> {
  const out: Record<Pointer, Json> = {};
  if (entry.held.length === 0 || !group.exists()) return out;
  const now = group.readLimits();
  const wanted = limitsOf(entry.spec);
  for (const resource of ['cpu', 'memory', 'pids'] as const) {
    const path = resource === 'pids' ? tasksPointer(entry.spec.resources) : LIMIT_POINTERS[resource];
    const want = wanted[resource];
    if (want === null || !entry.held.includes(path)) continue;
    const held = now[resource];
    out[path] = isHeld(resource, want, held) ? want : (held ?? null);
  }
  return out;
}
