import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../errors.ts';
import type { Identity } from '../model/record.ts';
import { detectCgroups } from '../os/cgroup.ts';
import { selfIdentity } from '../os/identity.ts';
import { treePids } from '../os/process.ts';
import { removeGroup } from './bring-up.ts';
import { type Entry, keyOf } from './entry.ts';
import { FORK_WINDOW, rootOf } from './halt.ts';
import { openRegistry, type Registry } from './registry.ts';
import { acquireSingle } from './single.ts';
import type { World } from './world.ts';

type Keeper = Pick<World, 'registry' | 'cgroups' | 'log'>;

/** Pids of what lives of an instance, its first process first. */
export function livesOf(entry: Entry, keeper: Pick<Keeper, 'cgroups'>): number[] {
  const pids = treePids(rootOf({ entry }, keeper)).map((one) => one.pid);
  const first = entry.process?.pid;
  return first !== undefined && pids.includes(first) ? [first, ...pids.filter((pid) => pid !== first)] : pids;
}

/**
 * Takes an instance out of the project's care. What runs of it runs on, in its cgroup, and nobody starts it again: one rename, so that a kill
 * leaves it in care or released. What is kept of it aside tells who is there. Where nothing runs nothing is kept. True: it runs on. Throws PJ5209.
 */
export function release(entry: Entry, keeper: Keeper): boolean {
  keeper.registry.release(entry);
  return dropDead([entry], keeper).length > 0;
}

/** Forgets released instances of which nothing lives any more, and removes their empty cgroups. Gives the others. */
export function dropDead(released: readonly Entry[], keeper: Keeper): Entry[] {
  return released.filter((entry) => {
    if (livesOf(entry, keeper).length > 0) return true;
    removeGroup({ entry }, keeper);
    keeper.registry.drop(entry);
    return false;
  });
}

/**
 * Releases an instance where no agent runs: with the agent's own lock held, so that none begins to watch it meanwhile. Makes nothing where there
 * is none of that name. Throws PJ5211 where an agent is there that did not answer, PJ5209.
 */
export function releaseUnwatched(project: string, identity: Identity, instance: string | undefined): Promise<void> {
  const registry = openRegistry(project);
  const find = () => among(registry.load().entries, identity, instance);
  return alone(registry, identity, find, async (entry) => {
    // A start that its agent did not live to see the end of.
    if (entry.phase === 'starting') await sleep(FORK_WINDOW);
    release(entry, { registry, cgroups: detectCgroups(), log: () => undefined });
  });
}

/** The same for an application inside a host JVM: its host runs it on, and no agent will bring it back. */
export function releaseTenantUnwatched(
  project: string,
  identity: Identity,
  instance: string | undefined,
): Promise<void> {
  const registry = openRegistry(project);
  const find = () => among(registry.loadTenants().entries, identity, instance);
  return alone(registry, identity, find, async (entry) => registry.remove(entry));
}

function among<E extends Entry>(entries: readonly E[], identity: Identity, instance: string | undefined) {
  const own = entries.filter((entry) => entry.identity.lineage === identity.lineage);
  return (
    own.find((entry) => entry.instance === instance) ?? own.find((entry) => keyOf(entry.identity) === keyOf(identity))
  );
}

/** Does something to an entry, where there is one, with the agent's lock held. Throws PJ5211. */
async function alone<E extends Entry>(
  registry: Registry,
  { id }: Identity,
  find: () => E | undefined,
  act: (entry: E) => Promise<void>,
): Promise<void> {
  if (find() === undefined) return;
  const lock = await acquireSingle(registry.dir, selfIdentity());
  if (lock === undefined) throw new PjError('PJ5211', { id });
  try {
    const entry = find();
    if (entry !== undefined) await act(entry);
  } finally {
    lock.release();
    registry.tidy();
  }
}
