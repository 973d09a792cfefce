import { PjError } from '../../../errors.ts';
import type { Spec } from '../../../model/spec.ts';
import type { CallContext, HealthVerdict } from '../../contract.ts';
import type { GuestAgent } from './agent.ts';
import { runInGuest } from './exec.ts';
import { pingAgent } from './ping.ts';

/** How much of the output's end goes into the reason. Characters. */
const TAIL = 300;

/** A check of type `exec`: a command in the guest; of type `engine`: that the agent answers. The caller's signal bounds it. Never throws for a guest that does not answer. */
export async function guestHealth(
  agent: GuestAgent,
  { healthCheck }: Spec,
  { signal }: Pick<CallContext, 'signal'>,
): Promise<HealthVerdict> {
  const [file = '', ...args] = healthCheck?.command ?? [];
  try {
    if (healthCheck?.type !== 'exec') return await pingAgent(agent, signal);
    if (file === '') return { healthy: false, reason: 'the health check has an empty command' };
    const { code, stdout, stderr } = await runInGuest(agent, [file, ...args], undefined, signal);
    if (code === 0) return { healthy: true };
    const tail = `${stdout.toString()}\n${stderr.toString()}`.trim().slice(-TAIL);
    return { healthy: false, reason: `${file} → exit code ${code}${tail === '' ? '' : `: ${tail}`}` };
  } catch (thrown) {
    if (signal.aborted) return { healthy: false, reason: 'the guest gave no answer in time' };
    if (!(thrown instanceof PjError)) throw thrown;
    return { healthy: false, reason: thrown.message };
  }
}
