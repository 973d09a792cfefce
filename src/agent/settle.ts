import { afterExit, succeeded } from './backoff.ts';
import type { Exit } from './entry.ts';
import { halt } from './halt.ts';
import { cgroupOf } from './limits.ts';
import { enter, type Managed, type World } from './world.ts';

/**
 * The process has ended by itself. What is left of its tree is ended too, then the restart policy decides: `completed`, `failed`, or
 * `backoff` with a timer. A process that nobody watched has an unknown exit.
 */
export async function settle(managed: Managed, world: World, then: { relaunch(): void; tidy(): void }): Promise<void> {
  const { entry } = managed;
  const exit = managed.exit ?? unseen(managed, world);
  const ranMs = entry.startedAt === null ? undefined : Date.parse(exit.at) - Date.parse(entry.startedAt);
  await halt(managed, world, { atOnce: true });
  const verdict = afterExit(managed.spec, exit, entry.attempts, ranMs, world.random);
  managed.child = undefined;
  if (verdict.next !== 'restart') {
    then.tidy();
    const phase = verdict.next === 'completed' ? 'completed' : 'failed';
    const reason = verdict.next === 'failed' ? verdict.reason : null;
    enter(managed, world, { phase, process: null, lastExit: exit, reason, nextStart: null });
    if (!succeeded(managed.spec, exit))
      world.log(
        `${entry.identity.id}: ended (${exit.signal ?? exit.code ?? 'exit unknown'})${reason === null ? '' : `; ${reason}`}`,
      );
    return;
  }
  const nextStart = new Date(world.now().getTime() + verdict.delayMs).toISOString();
  enter(managed, world, {
    phase: 'backoff',
    process: null,
    lastExit: exit,
    attempts: verdict.attempts,
    reason: null,
    nextStart,
  });
  world.log(
    `${entry.identity.id}: ended (${exit.signal ?? exit.code ?? 'exit unknown'}); starts again in ${Math.round(verdict.delayMs)} ms`,
  );
  managed.timer = setTimeout(then.relaunch, verdict.delayMs);
}

/** Ended while it was nobody's child, or nobody was there: the kernel told its exit code to another, or to none. */
function unseen(managed: Managed, world: World): Exit {
  const { entry } = managed;
  const group = cgroupOf(world.cgroups, entry.home);
  const oomKilled = group.exists() && group.oomKills() > managed.oomBefore;
  return { known: false, code: null, signal: null, oomKilled, at: world.now().toISOString() };
}
