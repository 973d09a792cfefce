import { openActivity } from '../activity/log.ts';
import { PjError } from '../errors.ts';
import { readCmdline, signalOne } from '../os/process.ts';
import type { AgentInfo } from './calls.ts';
import { type AgentClient, type Caller, connectAgent } from './client.ts';
import { isNewer } from './newer.ts';
import { openRegistry } from './registry.ts';
import { lockHolders } from './single.ts';
import { PROTOCOL } from './wire.ts';
import { until } from './world.ts';

/** How long an agent may take to end, and one that is asked by a signal before it is killed. ms */
const GONE = 15_000;
const PATIENCE = 5_000;

/**
 * As connectAgent, but an agent of an older pj is ended, so that the caller starts its own, which takes everything back: no workload notices. Who was started
 * by that very agent leaves it be. `idle`: what the ended one was told, to be handed on. Throws PJ5204 for an agent of a newer protocol, PJ5206 for one
 * that does not go.
 */
export async function connectOrReplace(
  caller: Caller,
): Promise<{ there?: { client: AgentClient; info: AgentInfo }; ended?: { version: string; idle?: number } }> {
  const { dir } = openRegistry(caller.project);
  const [holder] = lockHolders(dir);
  let there: Awaited<ReturnType<typeof connectAgent>>;
  try {
    there = await connectAgent(caller);
  } catch (error) {
    const older = error instanceof PjError && error.code === 'PJ5204' && Number(error.details['theirs']) < PROTOCOL;
    if (!older || holder === undefined || holder.pid === process.ppid) throw error;
    // It cannot be talked to: a signal to that very process does the same, and costs no workload anything.
    const idle = idleOf(holder.pid);
    signalOne(holder, 'SIGTERM');
    const left = () => !lockHolders(dir).some((one) => one.pid === holder.pid && one.startTime === holder.startTime);
    if (!(await until(left, PATIENCE))) signalOne(holder, 'SIGKILL');
    if (!(await until(left, GONE))) throw new PjError('PJ5206', { method: 'shutdown', seconds: GONE / 1000 });
    return { ended: { version: `protocol ${error.details['theirs']}`, ...idle } };
  }
  if (there === undefined) return {};
  const { client, info } = there;
  if (!isNewer(caller.version, info.version) || info.pid === process.ppid) return { there };
  const idle = idleOf(info.pid);
  try {
    // Over this connection: should another pj be about the same, neither ends what the other has started.
    await client.call('shutdown', { handOver: true }, { timeout: GONE / 1000 });
  } catch (error) {
    if (!(error instanceof PjError && error.code === 'PJ5205')) throw error;
  } finally {
    client.close();
  }
  const gone = await until(() => !lockHolders(dir).some(({ pid }) => pid === info.pid), GONE);
  if (!gone) throw new PjError('PJ5206', { method: 'shutdown', seconds: GONE / 1000 });
  return { ended: { version: info.version, ...idle } };
}

/** Tells that one agent has taken the place of another. */
export function tellReplaced(project: string, before: string, now: AgentInfo): void {
  openActivity(project, () => new Date()).tell({
    type: 'agent_replaced',
    severity: 'info',
    message: `the agent of pj ${before} has made way for that of pj ${now.version}; workloads run on`,
    data: { before, version: now.version, pid: now.pid },
  });
}

/** What `--idle` the agent was started with: a unit's agent never ends by itself. */
function idleOf(pid: number): { idle?: number } {
  const words = readCmdline(pid);
  const at = words.indexOf('--idle');
  const seconds = at < 0 ? Number.NaN : Number(words[at + 1]);
  return seconds >= 0 ? { idle: seconds } : {};
}
