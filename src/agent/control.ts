import { isAbsolute, resolve } from 'node:path';
import { PjError } from '../errors.ts';
import { signalOne } from '../os/process.ts';
import type { AgentInfo } from './calls.ts';
import { type Caller, connectAgent } from './client.ts';
import { engineEnvironment } from './engine-environment.ts';
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

/** Starts it where it does not run; one of an older pj makes way. */
export async function startAgent(options: EnsureOptions): Promise<{ info: AgentInfo; started: boolean }> {
  const [before] = lockHolders(openRegistry(options.project).dir);
  const { client, info } = await ensureAgent(options);
  client.close();
  return { info, started: info.pid !== before?.pid };
}

/** Starts it only where it does not run and something is left that wants watching: after a kill or a reboot. Gives the keys that it took back. */
export async function reviveAgent(options: EnsureOptions): Promise<string[]> {
  const left = unwatched(options.project);
  if (left.length === 0) return [];
  const { started } = await startAgent(options);
  return started ? left : [];
}

/**
 * Ends the agent, of whatever version and in whatever state; workloads run on, and their keys are given. Resolves when it has gone. One that
 * cannot be talked to (another protocol, no socket, no answer) is ended by signals to the very process that holds the lock: SIGTERM, and SIGKILL
 * after 5 s, which costs no workload anything. Throws PJ5206 when it does not go within 15 s, PJ5207 for another user's.
 */
export async function stopAgent(caller: Caller): Promise<{ stopped: boolean; left: string[] }> {
  const { dir } = openRegistry(caller.project);
  const [holder] = lockHolders(dir);
  const there = await connectAgent(caller).catch((error: unknown) => {
    const mute = error instanceof PjError && ['PJ5202', 'PJ5204', 'PJ5206'].includes(error.code);
    if (!mute || holder === undefined) throw error;
    return undefined;
  });
  if (there !== undefined) {
    const { left } = await there.client.call('shutdown', {});
    there.client.close();
    if (!(await gone(dir, 15_000))) throw new PjError('PJ5206', { method: 'shutdown', seconds: 15 });
    return { stopped: true, left };
  }
  const left = unwatched(caller.project);
  if (holder === undefined) return { stopped: false, left };
  signalOne(holder, 'SIGTERM');
  if (!(await gone(dir, 5_000))) signalOne(holder, 'SIGKILL');
  if (!(await gone(dir, 10_000))) throw new PjError('PJ5206', { method: 'shutdown', seconds: 15 });
  return { stopped: true, left };
}

const gone = (dir: string, ms: number): Promise<boolean> => until(() => lockHolders(dir).length === 0, ms);

function unwatched(project: string): string[] {
  return openRegistry(project)
    .load()
    .entries.filter(isActive)
    .map((entry) => `${entry.identity.id}@${entry.identity.generation}`);
}

/**
 * A systemd unit that starts the project's agent at boot, which then starts what ran before. Its end leaves workloads running
 * (KillMode=process). For root a system unit; else to be put below ~/.config/systemd/user. It finds engines where `env` says, as at boot nobody does;
 * `leftOut`: variables that are not in it, as they seem to hold a password.
 */
export function unitOf(options: {
  project: string;
  node: string;
  agentEntry: string;
  env: Record<string, string | undefined>;
  /** Relative paths in `env` count from there. */
  cwd: string;
}): { text: string; leftOut: string[] } {
  const project = resolve(options.project);
  if (!isAbsolute(options.node)) throw new TypeError('node must be an absolute path');
  const isRoot = process.geteuid?.() === 0;
  // No version: after an upgrade the program at that path is another one.
  const args = [resolve(options.agentEntry), '--project', project, '--idle', '0'];
  const { lines, leftOut } = engines(options.env, options.cwd);
  const text = `[Unit]
Description=pj agent of ${printable(project).replaceAll('%', '%%')}
Wants=network-online.target
After=network-online.target docker.service podman.socket libvirtd.service virtqemud.service lxc.service
StartLimitIntervalSec=0

[Service]
Type=simple
ExecStart=${[quoted(options.node), ...args.map((word) => quoted(word).replaceAll('$', '$$$$'))].join(' ')}
${lines}KillMode=process
Restart=on-failure
RestartPreventExitStatus=75
RestartSec=1
Delegate=yes

[Install]
WantedBy=${isRoot ? 'multi-user.target' : 'default.target'}
`;
  return { text, leftOut };
}

/** The variables that say where engines are, and those of them that are left out as there seems to be a password in them. */
function engines(env: Record<string, string | undefined>, cwd: string): { lines: string; leftOut: string[] } {
  // A login's agent for ssh is not there at boot.
  const all = Object.entries(engineEnvironment(env, cwd)).filter(([name]) => name !== 'SSH_AUTH_SOCK');
  const isSecret = (value: string): boolean => /:\/\/[^@\s]*:[^@]*@/.test(value);
  return {
    lines: all
      .filter(([, value]) => !isSecret(value))
      .map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}\n`)
      .join(''),
    leftOut: all.filter(([, value]) => isSecret(value)).map(([name]) => name),
  };
}

/** One word of ExecStart as systemd reads it: quotes, escapes and % are its own; `$` too, but not in the first word. */
function quoted(word: string): string {
  const safe = printable(word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%'));
  return word === '' || /[^A-Za-z0-9_./:@%+,=$-]/.test(word) ? `"${safe}"` : safe;
}

/** Control characters as systemd's escapes: a line break would begin another setting. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return text.replace(/[\u0000-\u001f\u007f]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
