import { PjError } from '../errors.ts';
import { cleanupEmptyParents } from '../os/cgroup.ts';
import { keyOf } from './entry.ts';
import { halt, mayLive } from './halt.ts';
import { launch } from './launch.ts';
import { cgroupName, cgroupOf } from './limits.ts';
import { moveHome } from './move-home.ts';
import { regain } from './regain.ts';
import { enter, type Managed, until, type World } from './world.ts';

/**
 * Starts an instance of which nothing runs. What fails leaves nothing running and the entry `failed` with the reason. False: broken off before
 * anything was done, as something else was asked for. `shared`: another instance of the workload is there. `taken`: its name is still used by one that was
 * released. Throws what launch() throws, without sensitive values.
 */
export async function bringUp(
  managed: Managed,
  world: World,
  how: { fresh: boolean; shared: boolean; taken: boolean },
  onEnd: (token: string) => void,
): Promise<boolean> {
  try {
    rehome(managed, world, how);
    if (!(await regain(managed, world))) return false;
    await launch(managed, world, how, onEnd);
    return true;
  } catch (thrown) {
    const error = withoutSecrets(thrown, managed);
    complain(managed, world, error);
    await halt(managed, world, { atOnce: true });
    removeGroup(managed, world);
    enter(managed, world, { phase: 'failed', process: null, reason: error.message, nextStart: null });
    throw error;
  }
}

/** Ends an instance's whole tree and remembers that it is to stay so. Throws PJ5303. */
export async function bringDown(managed: Managed, world: World, atOnce = false): Promise<void> {
  const { entry } = managed;
  clearTimeout(managed.timer);
  entry.wanted = 'stopped';
  let { lastExit } = entry;
  if (mayLive(managed, world)) {
    enter(managed, world, { phase: 'stopping' });
    if (!atOnce && managed.missing.some(({ path }) => path.startsWith('/native/stopCommand')))
      await regain(managed, world);
    await halt(managed, world, { atOnce });
    // The tree is gone as soon as the kernel says so; that the main process has ended, and how, is heard a moment later.
    if (managed.child !== undefined) await until(() => managed.exit !== undefined, 1_000);
    lastExit = managed.exit ?? null;
  }
  managed.child = undefined;
  removeGroup(managed, world);
  const stays = entry.phase === 'completed' || entry.phase === 'created';
  enter(managed, world, stays ? {} : { phase: 'stopped', process: null, reason: null, nextStart: null, lastExit });
}

/** What was made under an old id, or in a folder that was moved, gets the new name, now that nothing runs; unless that name is taken. */
export function rehome(managed: Managed, world: World, { shared, taken }: { shared: boolean; taken: boolean }): void {
  const { entry } = managed;
  const { place, project } = world;
  if (keyOf(entry.home) === keyOf(entry.identity) && entry.home.place === place) return;
  if (taken) return;
  if (!shared) moveHome(project, entry, managed.spec);
  enter(managed, world, { home: { ...entry.identity, place } }, true);
}

/** Removes its cgroup, which is empty. */
export function removeGroup(managed: Pick<Managed, 'entry'>, world: Pick<World, 'cgroups' | 'log'>): void {
  const { home, identity } = managed.entry;
  const group = cgroupOf(world.cgroups, home);
  if (!group.exists()) return;
  if (group.remove()) cleanupEmptyParents(world.cgroups, cgroupName(home));
  else world.log(`${identity.id}: its cgroup ${group.path} is not empty`);
}

/** Puts an error in the agent's log. */
export function complain(managed: Managed, world: World, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  world.log(managed.redact(`${managed.entry.identity.id}: ${text}`));
}

function withoutSecrets(thrown: unknown, managed: Managed): Error {
  if (!(thrown instanceof PjError))
    return new Error(managed.redact(thrown instanceof Error ? thrown.message : String(thrown)));
  const hide = (value: string | number) => (typeof value === 'string' ? managed.redact(value) : value);
  const details = Object.fromEntries(Object.entries(thrown.details).map(([key, value]) => [key, hide(value)]));
  return new PjError(
    thrown.code,
    details,
    thrown.advice === undefined ? {} : { advice: managed.redact(thrown.advice) },
  );
}
