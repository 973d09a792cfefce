import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../errors.ts';
import { lastLines } from '../os/last-lines.ts';
import type { AgentInfo } from './calls.ts';
import type { AgentClient, Caller } from './client.ts';
import { agentLog, openLog } from './log-files.ts';
import { ownEnvironment } from './own-environment.ts';
import { connectOrReplace, tellReplaced } from './replace.ts';

/** How an agent is started where none runs. */
export interface EnsureOptions extends Caller {
  /** The agent's program; PJ_AGENT_ENTRY in `env` overrides it. */
  agentEntry: string;
  /** Seconds without work after which it ends; default 30, 0 is never. */
  idle?: number;
  /** Seconds to wait until it answers, default 15. */
  deadline?: number;
  signal?: AbortSignal;
}

/** Small heaps: it holds little, and a young generation of 16 MiB would only make it look large. */
const NODE_OPTIONS = ['--max-semi-space-size=1', '--max-old-space-size=256'];

/** Starts that one call makes before it gives up: another agent may end, or lose a race, just as we look. */
const ATTEMPTS = 3;

/**
 * A connection to the project's agent, which is started if need be, detached: it outlives this process. One of an older pj makes way for this one's
 * (`replaced`: its version). Throws PJ5201 with the end of its log
 * when it does not come up, PJ5203 when its program is not there, and what connectAgent throws.
 */
export async function ensureAgent(
  options: EnsureOptions,
): Promise<{ client: AgentClient; info: AgentInfo; replaced?: string }> {
  const seconds = options.deadline ?? 15;
  const end = performance.now() + seconds * 1000;
  let child: ChildProcess | undefined;
  let logFrom = 0;
  let replaced: { version: string; idle?: number } | undefined;
  for (let started = 0, wait = 5; ; wait = Math.min(wait * 1.5, 50)) {
    const { there, ended } = await connectOrReplace(options);
    if (ended !== undefined) replaced = ended;
    if (there !== undefined) {
      if (replaced !== undefined) tellReplaced(options.project, replaced.version, there.info);
      return { ...there, ...(replaced === undefined ? {} : { replaced: replaced.version }) };
    }
    options.signal?.throwIfAborted();
    const running = child !== undefined && child.exitCode === null && child.signalCode === null;
    if (performance.now() >= end || (!running && started >= ATTEMPTS && child?.exitCode !== 75)) {
      throw failure(options.project, child, seconds, logFrom);
    }
    if (!running && (started < ATTEMPTS || child?.exitCode === 75)) {
      // The loser of a race for the lock waits for the winner's socket before it tries again.
      if (child !== undefined) await sleep(50 + Math.random() * 100);
      logFrom = started === 0 ? (statSync(agentLog(options.project), { throwIfNoEntry: false })?.size ?? 0) : logFrom;
      child = startAgent({ ...options, ...(replaced?.idle === undefined ? {} : { idle: replaced.idle }) });
      started += 1;
    }
    await sleep(wait);
  }
}

/** Starts the agent, in a session of its own, with no more of the environment than a login gives, and what its telemetry goes by. */
function startAgent(options: EnsureOptions): ChildProcess {
  const entry = options.env['PJ_AGENT_ENTRY'] ?? options.agentEntry;
  if (!existsSync(entry)) throw new PjError('PJ5203', { path: entry });
  const path = agentLog(options.project);
  mkdirSync(dirname(dirname(path)), { recursive: true, mode: 0o700 });
  const log = openLog(path);
  const crashAt = options.env['PJ_AGENT_CRASH_AT'];
  try {
    const child = spawn(
      process.execPath,
      [
        ...NODE_OPTIONS,
        entry,
        '--project',
        resolve(options.project),
        '--idle',
        String(options.idle ?? 30),
        '--pj-version',
        options.version,
      ],
      {
        cwd: '/',
        detached: true,
        stdio: ['ignore', log, log],
        env: {
          ...ownEnvironment(options.env, process.cwd()),
          ...(crashAt === undefined ? {} : { PJ_AGENT_CRASH_AT: crashAt }),
        },
      },
    );
    child.on('error', () => undefined); // Seen as an agent that does not come up; the log says why.
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function failure(project: string, child: ChildProcess | undefined, seconds: number, from: number): PjError {
  const log = agentLog(project);
  const exit = child?.exitCode ?? child?.signalCode ?? undefined;
  const how = exit === undefined || exit === null ? 'it does not answer' : `it ended (${exit})`;
  const said = lastLines(log, 5, from);
  const why = said.length === 0 ? how : `${how}; the end of its log:\n  ${said.join('\n  ')}`;
  return new PjError('PJ5201', { seconds, why, log });
}
