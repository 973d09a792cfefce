import { PjError } from '../errors.ts';
import type { LocalSession } from '../state/session.ts';
import { pullState, pushState, removeRecords, renameRecord } from '../state/surgery.ts';
import { VERSION } from '../version.ts';
import { letGo } from './let-go.ts';
import { withLock } from './locked.ts';
import type { ProjectOptions } from './options.ts';
import type { ProjectState } from './project.ts';
import { storeOf, withRun } from './run.ts';

/** The state of the project in `dir`, to look into and to mend by hand. */
export function stateOf(dir: string, options: ProjectOptions): ProjectState {
  const store = storeOf(dir);
  const locked = async <T>(
    operation: string,
    lockTimeout: number,
    work: (session: LocalSession) => Promise<T>,
  ): Promise<T> => {
    const { onEvent, signal = new AbortController().signal } = options;
    return withLock({ store, operation, lockTimeout, emit: (event) => onEvent?.(event), signal }, work);
  };
  return {
    load: async () => (await store.load()).snapshot,
    pull: () => pullState(store),
    push: (text, more = {}) =>
      locked('state push', more.lockTimeout ?? 0, (session) =>
        pushState(session, text, { force: more.force ?? false, pjVersion: VERSION }),
      ),
    async rm(ids, more = {}) {
      await refuseMissing(dir, await store.load());
      return withRun(options, { keepKey: false }, (run) =>
        locked(`state rm ${ids.join(' ')}`, more.lockTimeout ?? 0, async (session) => {
          await letGo(run, session.snapshot, ids);
          return removeRecords(session, ids);
        }),
      );
    },
    async mv(from, to, more = {}) {
      await refuseMissing(dir, await store.load());
      await locked(`state mv ${from} ${to}`, more.lockTimeout ?? 0, (session) => renameRecord(session, from, to));
    },
    unlock: (id) => store.unlock(id),
    holder: () => store.holder(),
  };
}

/** A change of a state that is not there would only make an empty one. */
async function refuseMissing(dir: string, state: { snapshot: unknown }): Promise<void> {
  if (state.snapshot === undefined) throw new PjError('PJ6090', { dir });
}
