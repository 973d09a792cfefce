import { isAbsolute, resolve } from 'node:path';
import { PjError } from '../errors.ts';
import type { AgentInfo } from './calls.ts';
import { type Caller, connectAgent } from './client.ts';
import { type EnsureOptions, ensureAgent } from './ensure.ts';
import { isActive } from './entry.ts';
import { openRegistry } from './registry.ts';
import { lockHolders } from './single.ts';
import { until } from './world.ts';

/** Whether the project's agent runs. `unwatched`: instances that were left running (or to be restarted) and that nobody watches. */
export type AgentStatus = { running: true; info: AgentInfo } | { running: false; unwatched: string[] };

/** Asks; starts nothing. Throws what connectAgent throws. */
export async function agentStatus(caller: Caller): Promise<AgentStatus> {
  const there = await connectAgent(caller);
  if (there === undefined) return { running: false, unwatched: unwatched(caller.project) };
  there.client.close();
  return { running: true, info: there.info };
}

/** Starts it where it does not run. */
export async function startAgent(options: EnsureOptions): Promise<{ info: AgentInfo; started: boolean }> {
  const before = await connectAgent(options);
  before?.client.close();
  if (before !== undefined) return { info: before.info, started: false };
  const { client, info } = await ensureAgent(options);
  client.close();
  return { info, started: true };
}

/** Starts it only where it does not run and something is left that wants watching: after a kill or a reboot. Gives the keys that it took back. */
export async function reviveAgent(options: EnsureOptions): Promise<string[]> {
  const left = unwatched(options.project);
  if (left.length === 0) return [];
  const { started } = await startAgent(options);
  return started ? left : [];
}

/**
 * Ends the agent, of whatever version; workloads run on, and their keys are given. Resolves when it has gone. Throws PJ5206 when it does not
 * go within 15 s.
 */
export async function stopAgent(caller: Caller): Promise<{ stopped: boolean; left: string[] }> {
  const holders = lockHolders(openRegistry(caller.project).dir);
  let left: string[] = [];
  let there: Awaited<ReturnType<typeof connectAgent>>;
  try {
    there = await connectAgent(caller);
  } catch (error) {
    // One that speaks another protocol is ended by a signal, to the very process that holds the lock.
    const [holder] = holders;
    if (!(error instanceof PjError && error.code === 'PJ5204') || holder === undefined) throw error;
    process.kill(holder.pid, 'SIGTERM');
    left = unwatched(caller.project);
    await gone(caller.project);
    return { stopped: true, left };
  }
  if (there === undefined) return { stopped: false, left: unwatched(caller.project) };
  ({ left } = await there.client.call('shutdown', {}));
  there.client.close();
  await gone(caller.project);
  return { stopped: true, left };
}

async function gone(project: string): Promise<void> {
  const { dir } = openRegistry(project);
  if (!(await until(() => lockHolders(dir).length === 0, 15_000))) {
    throw new PjError('PJ5206', { method: 'shutdown', seconds: 15 });
  }
}

function unwatched(project: string): string[] {
  return openRegistry(project)
    .load()
    .entries.filter(isActive)
    .map((entry) => `${entry.identity.id}@${entry.identity.generation}`);
}

/**
 * A systemd unit that starts the project's agent at boot, which then starts what ran before. Its end leaves workloads running
 * (KillMode=process). For root a system unit; else to be put below ~/.config/systemd/user.
 */
export function unitText(options: { project: string; node: string; agentEntry: string; version: string }): string {
  const project = resolve(options.project);
  if (!isAbsolute(options.node)) throw new TypeError('node must be an absolute path');
  const isRoot = process.geteuid?.() === 0;
  return `[Unit]
Description=pj agent of ${project.replaceAll('%', '%%')}
After=network.target

[Service]
Type=simple
ExecStart=${[options.node, resolve(options.agentEntry), '--project', project, '--idle', '0', '--pj-version', options.version].map(quoted).join(' ')}
KillMode=process
Restart=on-failure
RestartPreventExitStatus=75
RestartSec=1
Delegate=yes

[Install]
WantedBy=${isRoot ? 'multi-user.target' : 'default.target'}
`;
}

/** One word of ExecStart: systemd unquotes, expands % and $. */
function quoted(word: string): string {
  const safe = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /[\s"'\\;]/.test(word) ? `"${safe}"` : safe;
}
