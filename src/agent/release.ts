import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../errors.ts';
import type { Identity } from '../model/record.ts';
import { detectCgroups } from '../os/cgroup.ts';
import { selfIdentity } from '../os/identity.ts';
import { treePids } from '../os/process.ts';
import { removeGroup } from './bring-up.ts';
import { type Entry, keyOf } from './entry.ts';
import { FORK_WINDOW, rootOf } from './halt.ts';
import { openRegistry } from './registry.ts';
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
export async function releaseUnwatched(
  project: string,
  identity: Identity,
  instance: string | undefined,
): Promise<void> {
  const registry = openRegistry(project);
  const find = () => {
    const own = registry.load().entries.filter((entry) => entry.identity.lineage === identity.lineage);
    return (
      own.find((entry) => entry.instance === instance) ?? own.find((entry) => keyOf(entry.identity) === keyOf(identity))
    );
  };
  if (find() === undefined) return;
  const lock = await acquireSingle(registry.dir, selfIdentity());
  if (lock === undefined) throw new PjError('PJ5211', { id: identity.id });
  try {
    const entry = find();
    // A start that its agent did not live to see the end of.
    if (entry?.phase === 'starting') await sleep(FORK_WINDOW);
    if (entry !== undefined) release(entry, { registry, cgroups: detectCgroups(), log: () => undefined });
  } finally {
    lock.release();
    registry.tidy();
  }
}

/** The same for an application inside a host JVM, which runs on there. */
export async function releaseTenantUnwatched(
  project: string,
  identity: Identity,
  instance: string | undefined,
): Promise<void> {
  const registry = openRegistry(project);
  const find = () => {
    const own = registry.loadTenants().entries.filter((entry) => entry.identity.lineage === identity.lineage);
    return (
      own.find((entry) => entry.instance === instance) ?? own.find((entry) => keyOf(entry.identity) === keyOf(identity))
    );
  };
  if (find() === undefined) return;
  const lock = await acquireSingle(registry.dir, selfIdentity());
  if (lock === undefined) throw new PjError('PJ5211', { id: identity.id });
  try {
    const entry = find();
    if (entry !== undefined) registry.remove(entry);
  } finally {
    lock.release();
    registry.tidy();
  }
}
