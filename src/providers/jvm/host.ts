import type { Sighting } from '../../agent/calls.ts';
import { runtimeDir } from '../../agent/runtime-dir.ts';
import type { HostLink, Hosts } from '../../jvm/hosts.ts';
import { SOCKET_ROOM, SOCKET_VARIABLE, socketFor } from '../../jvm/place.ts';
import type { HostCalls } from '../../jvm/protocol.ts';
import type { CallContext } from '../contract.ts';

/** What a host says of itself and of everything in it. */
export type Told = HostCalls['list']['result'];

/** Who looks for hosts, and where. */
export interface HostFinder {
  /** Absolute path of the project, links resolved. */
  dir: string;
  env: Record<string, string | undefined>;
  hosts: Hosts;
}

/** Seconds after its start in which a JVM may not listen yet. */
const YOUTH = 15;

/** Those who look at hosts and at what is in them within so long look at the same. ms */
const SAME_LOOK = 300;

/** Host JVMs among what the agent has in care. */
export const isHost = ({ entry }: Sighting): boolean => entry.spec.jvm !== undefined;

/** The host of that id: of several (one is being replaced) that which runs, else the newest. */
export function hostAmong(sightings: readonly Sighting[], id: string): Sighting | undefined {
  const some = sightings.filter((one) => isHost(one) && one.entry.identity.id === id);
  const newest = some.sort((a, b) => b.entry.identity.generation - a.entry.identity.generation);
  return newest.find(({ alive }) => alive) ?? newest[0];
}

/** Where the socket of a host is: what runs has it where it was started. */
export function socketOf({ dir, env }: HostFinder, id: string, sighting: Sighting | undefined): string {
  const told = sighting?.entry.spec.env?.[SOCKET_VARIABLE];
  if (typeof told === 'string' && sighting?.alive === true) return told;
  return socketFor(runtimeDir(dir, env, process.geteuid?.() ?? 0, SOCKET_ROOM).dir, sighting?.entry.home.id ?? id);
}

/** The way to a host. */
export function linkTo(finder: HostFinder, id: string, sighting: Sighting | undefined): HostLink {
  return finder.hosts.at(socketOf(finder, id, sighting), id);
}

/** Seconds that a host may take until it listens: one that has just been started, some; else none. */
export function patienceFor({ entry }: Sighting): number {
  const age = entry.startedAt === null ? 0 : (Date.now() - Date.parse(entry.startedAt)) / 1000;
  return age < 0 || age > YOUTH ? 0 : YOUTH - age;
}

/** What a host says, or why it says nothing; undefined where it does not run. `maxAge`: ms; an answer that is no older is good enough. */
export async function hear(
  finder: HostFinder,
  sighting: Sighting | undefined,
  { signal }: CallContext,
  maxAge: number = SAME_LOOK,
): Promise<Told | Error | undefined> {
  if (sighting?.alive !== true) return undefined;
  try {
    const link = linkTo(finder, sighting.entry.identity.id, sighting);
    return await link.list({ signal, patience: Math.min(patienceFor(sighting), 5), maxAge });
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  }
}
