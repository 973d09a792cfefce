import { setTimeout as pause } from 'node:timers/promises';
import { PjError } from '../../../../errors.ts';
import type { Changing } from './live.ts';

/** A guest that does not take up a change in this time is told of. Milliseconds. */
const PATIENCE = 10_000;
const LOOK = 200;

/** Waits until `look` says that a change is there: undefined, else what there is instead. */
export async function verify(
  { doing, context }: Pick<Changing, 'doing' | 'context'>,
  look: () => Promise<string | undefined>,
): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const reason = await look();
    if (reason === undefined) return;
    if (performance.now() > deadline) throw new PjError('PJ5510', { id: doing.id, reason });
    await pause(LOOK, undefined, { signal: context.signal });
  }
}
