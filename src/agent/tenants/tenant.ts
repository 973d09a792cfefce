import { SOCKET_VARIABLE } from '../../jvm/place.ts';
import { restartPolicy } from '../../model/spec.ts';
import { isAlive } from '../../os/identity.ts';
import type { TenantSighting } from '../calls.ts';
import type { Entry, Inside, TenantEntry } from '../entry.ts';
import { logFiles } from '../log-files.ts';
import { volumeDir, volumeName } from '../volumes.ts';
import type { Managed } from '../world.ts';

/** An application inside a host JVM that the agent has in its care. */
export type Tenant = Managed & { entry: TenantEntry };

/** A process that is a host JVM. */
export const isHost = ({ spec }: Entry): boolean => spec.jvm !== undefined;

/** Where a host listens; undefined where its entry does not say. */
export function socketIn({ spec }: Entry): string | undefined {
  const socket: unknown = spec.env?.[SOCKET_VARIABLE];
  return typeof socket === 'string' ? socket : undefined;
}

/** The host of a tenant among the hosts in care: the very instance that it was kept for, else whatever now has that id. */
export function hostOf<H extends { entry: Entry }>(lineage: string, inside: Inside, hosts: Iterable<H>): H | undefined {
  const own = [...hosts].filter(({ entry }) => entry.identity.lineage === lineage);
  const same = own.find(({ entry }) => entry.instance === inside.instance);
  if (same !== undefined) return same;
  const named = own.filter(({ entry }) => entry.identity.id === inside.id);
  return named.find(({ entry }) => entry.identity.generation === inside.generation) ?? named.find(isUp) ?? named[0];
}

/** Its process runs. */
export function isUp({ entry }: { entry: Entry }): boolean {
  return entry.phase === 'running' && entry.process !== null && isAlive(entry.process);
}

/** It does not run and its agent is about to start it. That it has ended may not have been heard yet. */
export function isComing(host: { entry: Entry }): boolean {
  const { wanted, phase, spec } = host.entry;
  if (wanted !== 'running') return false;
  if (phase === 'backoff' || phase === 'starting') return true;
  return phase === 'running' && !isUp(host) && restartPolicy(spec).policy !== 'no';
}

/**
 * Whether it is to run in its host: what has ended by itself for good is not brought back. One that could not be brought back is tried again when its host is
 * started once more.
 */
export function isToRun({ wanted, phase, inside, lastExit }: TenantEntry): boolean {
  if (wanted !== 'running' || inside.dropping) return false;
  return phase !== 'completed' && !(phase === 'failed' && lastExit !== null);
}

/** Where what belongs to a tenant is. */
export function placesOf(
  project: string,
  { home, spec }: Pick<Entry, 'home' | 'spec'>,
): Pick<TenantSighting, 'logs' | 'volumes'> {
  const volumes = (spec.volumes ?? []).map((volume) => ({
    name: volumeName(volume),
    path: volumeDir(project, home, volume),
    size: volume.size ?? null,
  }));
  return { logs: logFiles(project, home.id), volumes };
}

/** A tenant as it is told. `host`: undefined where it is not in care. */
export function sightTenant(
  project: string,
  entry: TenantEntry,
  host: { entry: Entry } | undefined,
  watched: boolean,
): TenantSighting {
  const between = entry.phase === 'starting' || entry.phase === 'backoff';
  const returning = watched && isToRun(entry) && host !== undefined && (isComing(host) || (between && isUp(host)));
  // A host that was renamed is told by the name that it has now.
  const id = host?.entry.identity.id ?? entry.inside.id;
  const told = { ...entry, inside: { ...entry.inside, id } };
  return { entry: told, returning, ...placesOf(project, entry), watched };
}
