import type { Spec } from '../../model/spec.ts';
import type { TenantSighting } from '../calls.ts';
import { isActive, type TenantEntry } from '../entry.ts';
import { logFiles } from '../log-files.ts';
import { volumeDir, volumeName } from '../volumes.ts';
import type { Managed } from '../world.ts';

/** An application inside a host JVM that the agent has in its care: no process of its own, but a spec with secrets and things to be done one after the other. */
export interface Tenant extends Managed {
  entry: TenantEntry;
}

/** What is told of a tenant. `returning`: its host is about to be started again, or it is about to be brought back there. */
export function sightTenant(entry: TenantEntry, project: string, returning: boolean, watched: boolean): TenantSighting {
  return {
    entry,
    returning: watched && entry.wanted === 'running' && (entry.phase === 'starting' || (isActive(entry) && returning)),
    logs: logFiles(project, entry.home.id),
    volumes: volumesOf(entry, entry.spec, project),
    watched,
  };
}

/** Its volumes by name, where they are. */
export function volumesOf({ home }: TenantEntry, spec: Spec, project: string): TenantSighting['volumes'] {
  return (spec.volumes ?? []).map((volume) => ({
    name: volumeName(volume),
    path: volumeDir(project, home, volume),
    size: volume.size ?? null,
  }));
}

/** The host of that id: the newest generation. */
export function hostIn(hosts: ReadonlyMap<string, Managed>, id: string): Managed | undefined {
  return [...hosts.values()]
    .filter(({ entry }) => entry.identity.id === id && entry.spec.jvm !== undefined)
    .sort((a, b) => b.entry.identity.generation - a.entry.identity.generation)[0];
}
