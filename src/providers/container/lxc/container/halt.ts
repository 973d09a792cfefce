import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { PjError } from '../../../../errors.ts';
import { signalOne } from '../../../../os/process.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing, Lxc } from '../engine.ts';
import { filesOf } from '../place.ts';
import { isAwaited, runningIn } from './running.ts';
import type { SeenContainer } from './seen-container.ts';

/** Milliseconds for LXC to clean up after what was killed. */
const CLEAN_UP = 20_000;

/**
 * Stops a container that runs: the signal, the grace period, then a kill. The signal goes to the program itself, as LXC's small init would give it
 * no more than a second. `how` null: at once.
 */
export async function halt(
  lxc: Lxc,
  seen: SeenContainer,
  how: { signal: string; gracePeriod: number } | null,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const { name, dir, run, marks } = seen;
  const files = filesOf(dir);
  if (marks !== undefined) {
    mkdirSync(files.own, { recursive: true, mode: 0o711 });
    writeFileSync(files.stopped, '');
  }
  if (!runningIn(lxc.place.containers)(name)) {
    await ended(lxc, seen, CLEAN_UP, context);
    return;
  }
  const at = ['-P', lxc.place.containers, '-n', name];
  if (seen.state === 'paused') await lxc.tool(['lxc-unfreeze', ...at], doing, context);
  if (run !== undefined && run.program?.pid !== run.init.pid) {
    if (how !== null) {
      if (run.program !== undefined) signalOne(run.program, how.signal);
      if (await ended(lxc, seen, how.gracePeriod * 1000, context)) return;
    }
    // Whatever is in the namespace goes with its pid 1.
    signalOne(run.init, 'SIGKILL');
  } else {
    const argv = how === null ? ['-k'] : ['-t', String(Math.ceil(how.gracePeriod))];
    const patience = CLEAN_UP + (how?.gracePeriod ?? 0) * 1000;
    await lxc.tool(['lxc-stop', ...at, ...argv], doing, context, patience).catch((thrown: unknown) => {
      // It may have ended by itself meanwhile.
      if (runningIn(lxc.place.containers)(name)) throw thrown;
    });
  }
  if (await ended(lxc, seen, CLEAN_UP, context)) return;
  rmSync(files.stopped, { force: true });
  throw new PjError('PJ5407', {
    engine: lxc.label,
    ...doing,
    reason: `it still runs ${CLEAN_UP / 1000} s after a kill`,
  });
}

/** Waits until LXC is done with it and its exit code is kept. False: `ms` are over. */
async function ended(lxc: Lxc, { name, dir }: SeenContainer, ms: number, context: CallContext): Promise<boolean> {
  const end = performance.now() + ms;
  for (let wait = 2; ; wait = Math.min(wait * 1.5, 50)) {
    if (!runningIn(lxc.place.containers)(name) && !isAwaited(dir)) return true;
    if (performance.now() > end) return false;
    await delay(wait, undefined, { signal: context.signal }).catch(() => undefined);
    context.signal.throwIfAborted();
  }
}
