import { afterExit, succeeded } from './backoff.ts';
import type { Exit } from './entry.ts';
import { halt } from './halt.ts';
import { cgroupOf } from './limits.ts';
import { enter, LONGEST, type Managed, type World } from './world.ts';

/**
 * The process has ended by itself. What is left of its tree is ended too, then the restart policy decides: `completed`, `failed`, or
 * `backoff` with a timer. A process that nobody watched has an unknown exit.
 */
export async function settle(managed: Managed, world: World, then: { relaunch(): void; tidy(): void }): Promise<void> {
  const { entry } = managed;
  const exit = managed.exit ?? unseen(managed, world);
  const known = entry.startedAt !== null && exit.at !== null;
  const ranMs = known ? Date.parse(exit.at ?? '') - Date.parse(entry.startedAt ?? '') : undefined;
  try {
    await halt(managed, world, { atOnce: true });
  } catch (error) {
    // What cannot be ended must not get a second one beside it.
    const reason = managed.redact(error instanceof Error ? error.message : String(error));
    world.log(reason);
    managed.child = undefined;
    return enter(managed, world, { phase: 'failed', process: null, lastExit: exit, reason, nextStart: null });
  }
  const verdict = afterExit(managed.spec, exit, entry.attempts, ranMs, world.random);
  managed.child = undefined;
  if (verdict.next !== 'restart') {
    then.tidy();
    const phase = verdict.next === 'completed' ? 'completed' : 'failed';
    const reason = verdict.next === 'failed' ? verdict.reason : null;
    enter(managed, world, { phase, process: null, lastExit: exit, reason, nextStart: null });
    tellEnd(managed, world, exit, reason ?? undefined);
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
  managed.timer = setTimeout(then.relaunch, Math.min(verdict.delayMs, LONGEST));
  tellEnd(managed, world, exit);
}

/** For `pj events`. `givenUp`: why it is not started again though its policy says so. */
function tellEnd({ entry, spec }: Managed, world: World, exit: Exit, givenUp?: string): void {
  const { id: workload } = entry.identity;
  const how = exit.signal ?? (exit.code === null ? 'exit unknown' : `exited ${exit.code}`);
  const fine = succeeded(spec, exit);
  world.tell?.({
    ...{ type: 'workload_ended', severity: fine ? 'info' : 'warning', workload },
    message: `it has ended: ${how}${exit.oomKilled ? ', out of memory' : ''}`,
    data: { code: exit.code, signal: exit.signal, oomKilled: exit.oomKilled },
  });
  if (givenUp !== undefined) tellGivenUp(workload, world, givenUp, entry.attempts);
}

export function tellGivenUp(workload: string, world: World, message: string, attempts: number): void {
  world.tell?.({ type: 'workload_given_up', severity: 'error', workload, message, data: { attempts } });
}

/** Ended while it was nobody's child, or nobody was there: the kernel told its exit code to another, or to none. */
function unseen(managed: Managed, world: World): Exit {
  const { entry } = managed;
  const group = cgroupOf(world.cgroups, entry.home);
  const oomKilled = group.exists() && group.oomKills() > managed.oomBefore;
  const at = managed.seen ? world.now().toISOString() : null;
  return { known: false, code: null, signal: null, oomKilled, at };
}
