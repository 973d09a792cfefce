import type { Orphan, Sighting, TenantSighting } from '../../agent/calls.ts';
import { processOf } from '../../agent/recover.ts';
import { openRegistry } from '../../agent/registry.ts';
import { placeOf } from '../../agent/runtime-dir.ts';
import { sight } from '../../agent/sighting.ts';
import { lockHolders } from '../../agent/single.ts';
import { orphansOf } from '../../agent/supervisor.ts';
import { sightTenant } from '../../agent/tenants/tenant.ts';
import { detectCgroups } from '../../os/cgroup.ts';
import type { ProcessIdentity } from '../../os/identity.ts';
import { scanMarked } from '../../os/process.ts';

/** What the registry and /proc say where no agent runs, or none that answers. Starts nothing and changes nothing. */
export function lookWithoutAgent(project: string): Sighting[] {
  const registry = openRegistry(project);
  const { entries } = registry.load();
  const mute = lockHolders(registry.dir).length > 0;
  const host = detectCgroups();
  if (entries.some((entry) => entry.phase === 'starting')) {
    // A start that the agent did not live to note down: its token tells.
    const marked = new Map<string, ProcessIdentity[]>();
    for (const { identity, marker } of scanMarked('')) marked.set(marker, [...(marked.get(marker) ?? []), identity]);
    for (const entry of entries) if (entry.phase === 'starting') entry.process = processOf(entry, marked) ?? null;
  }
  return entries.map((entry) => ({ ...sight(entry, host, false), ...(mute ? { mute } : {}) }));
}

/** Marked processes that no entry accounts for, where no agent runs. */
export function orphansWithoutAgent(project: string, name: string, lineage: string): Orphan[] {
  const registry = openRegistry(project);
  const known = [...registry.load().entries, ...registry.released()];
  return orphansOf({ lineage, project: name, place: placeOf(project) }, known);
}

/** The same for applications in host JVMs. Nobody brings any of them back. */
export function tenantsWithoutAgent(project: string): TenantSighting[] {
  return openRegistry(project)
    .loadTenants()
    .entries.map((entry) => sightTenant(project, entry, undefined, false));
}
