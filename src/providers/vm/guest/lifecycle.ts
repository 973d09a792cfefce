import { PjError } from '../../../errors.ts';
import type { GuestAgent } from './agent.ts';

/** A guest with much to write down needs long to come to rest. Milliseconds. */
const FREEZE_MS = 60_000;

/** Tells the guest to power off. The agent does not answer this when it does it: whoever asks must look whether the machine ends. Throws only what an aborted signal brings. */
export async function shutDownGuest(agent: GuestAgent, signal: AbortSignal): Promise<void> {
  try {
    await agent.ask('guest-shutdown', { mode: 'powerdown' }, { timeoutMs: 1000, signal });
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof PjError)) throw thrown;
  }
}

/** Does `work` while the file systems of the guest are frozen; they are thawed whatever happens. Throws PJ5513 where they cannot be frozen. */
export async function whileFrozen<T>(agent: GuestAgent, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    await agent.ask('guest-fsfreeze-freeze', {}, { timeoutMs: FREEZE_MS, signal });
  } catch (thrown) {
    // It may have frozen some of them, or all after we gave up.
    await thaw(agent).catch(() => undefined);
    signal.throwIfAborted();
    if (!(thrown instanceof PjError)) throw thrown;
    const reason = `its file systems could not be frozen: ${thrown.message}`;
    throw new PjError('PJ5513', { id: agent.id, reason }, { cause: thrown });
  }
  let value: T;
  try {
    value = await work();
  } catch (thrown) {
    await thaw(agent).catch(() => undefined);
    throw thrown;
  }
  await thaw(agent);
  return value;
}

/** Not ended by Ctrl-C: a guest that is left frozen hangs. */
async function thaw(agent: GuestAgent): Promise<void> {
  await agent.ask('guest-fsfreeze-thaw', {}, { timeoutMs: FREEZE_MS, signal: new AbortController().signal });
}
