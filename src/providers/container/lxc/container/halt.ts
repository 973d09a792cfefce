import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { PjError } from '../../../../errors.ts';
import { signalOne } from '../../../../os/process.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing, Lxc } from '../engine.ts';
import { filesOf } from '../place.ts';
import { isAwaited, runningIn } from './running.ts';
import type { SeenContainer } from './seen-container.ts';

/** Milliseconds for LXC to clean up after what was killed, and to get a container going. */
const CLEAN_UP = 20_000;
const COMING_UP = 60_000;

/** How a container is to be ended; null: at once. */
export type How = { signal: string; gracePeriod: number } | null;

/** Stops a container, and notes that it was pj who did. Throws PJ5407. */
export async function halt(lxc: Lxc, seen: SeenContainer, how: How, doing: Doing, context: CallContext): Promise<void> {
  const files = filesOf(seen.dir);
  if (seen.marks !== undefined) {
    mkdirSync(files.own, { recursive: true, mode: 0o711 });
    writeFileSync(files.stopped, '');
  }
  try {
    await end(lxc, seen, how, doing, context);
  } catch (thrown) {
    if (runningIn(lxc.place.containers)(seen.name)) rmSync(files.stopped, { force: true });
    throw thrown;
  }
}

/**
 * Ends what runs of a container: the signal, the grace period, then a kill. The signal goes to the program itself, as LXC's small init would give it
 * no more than a second. Throws PJ5407.
 */
export async function end(lxc: Lxc, seen: SeenContainer, how: How, doing: Doing, context: CallContext): Promise<void> {
  const { name, dir, run } = seen;
  const runs = (): boolean => runningIn(lxc.place.containers)(name);
  // Only its exit code is missing; or it comes up, and whoever has started it was killed.
  if (!(await until(() => runs() || !isAwaited(dir), COMING_UP, context))) throw unfinished(lxc, doing);
  if (!runs()) return;
  const at = ['-P', lxc.place.containers, '-n', name];
  if (seen.state === 'paused') await lxc.tool(['lxc-unfreeze', ...at], doing, context);
  const over = (): boolean => !runs() && !isAwaited(dir);
  if (run !== undefined && run.program?.pid !== run.init.pid) {
    if (how !== null) {
      if (run.program !== undefined) signalOne(run.program, how.signal);
      if (await until(over, how.gracePeriod * 1000, context)) return;
    }
    // Whatever is in the namespace goes with its pid 1.
    signalOne(run.init, 'SIGKILL');
  } else {
    const argv = how === null ? ['-k'] : ['-t', String(Math.ceil(how.gracePeriod))];
    const patience = CLEAN_UP + (how?.gracePeriod ?? 0) * 1000;
    await lxc.tool(['lxc-stop', ...at, ...argv], doing, context, patience).catch((thrown: unknown) => {
      // It may have ended by itself meanwhile.
      if (runs()) throw thrown;
    });
  }
  if (await until(over, CLEAN_UP, context)) return;
  if (!runs()) throw unfinished(lxc, doing);
  const reason = `it still runs ${CLEAN_UP / 1000} s after a kill`;
  throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason });
}

/** A start after that would take its exit code, if it comes yet, for the new run's. */
const unfinished = (lxc: Lxc, doing: Doing): PjError =>
  new PjError('PJ5407', {
    engine: lxc.label,
    ...doing,
    reason: 'the process of pj that waits for its exit code neither sees it run nor ends; is it stopped?',
  });

/** False: `ms` are over. */
async function until(test: () => boolean, ms: number, context: CallContext): Promise<boolean> {
  const late = performance.now() + ms;
  for (let wait = 2; !test(); wait = Math.min(wait * 1.5, 50)) {
    if (performance.now() > late) return false;
    await delay(wait, undefined, { signal: context.signal }).catch(() => undefined);
    context.signal.throwIfAborted();
  }
  return true;
}
