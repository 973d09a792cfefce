import type { RecoveryOptions } from '../state/recovery.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/** How recovery asks the engines what became of an interrupted step. */
export function recoveryOf(run: Run): RecoveryOptions {
  return {
    project: run.loaded.config.name,
    find: async (name, identity, handle) =>
      (await run.engines.provider(name)).find(identity, quietly(run.signal), handle),
    now: () => run.clock.now(),
  };
}
