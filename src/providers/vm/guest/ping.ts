import { PjError } from '../../../errors.ts';
import type { HealthVerdict } from '../../contract.ts';
import type { GuestAgent } from './agent.ts';

/** Whether the agent answers within `timeoutMs`, and why not. Throws only what an aborted signal brings. */
export async function pingAgent(agent: GuestAgent, signal: AbortSignal, timeoutMs = 1000): Promise<HealthVerdict> {
  try {
    await agent.ask('guest-ping', {}, { timeoutMs, signal });
    return { healthy: true };
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof PjError)) throw thrown;
    return { healthy: false, reason: thrown.message };
  }
}
