import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from '../../src/os/identity.ts';
import { signalOne } from '../../src/os/process.ts';
import { folder, place } from './place.ts';

/** A process that `engines:up` started, as kept in `started/NAME.json`. */
export interface Started {
  identity: ProcessIdentity;
  /** Who asked for it; `engines:down --session` ends only that. */
  session: string;
}

interface DaemonStart {
  name: string;
  file: string;
  args: readonly string[];
  env?: Record<string, string>;
  session: string;
  /** Asked every 50 ms until it says yes. */
  ready: () => Promise<boolean>;
  deadlineMs: number;
}

/** Starts a process that outlives this one and waits until it answers. Throws with the end of its log where it does not. */
export async function startDaemon(start: DaemonStart): Promise<void> {
  const logFile = place('log', `${start.name}.log`);
  const log = openSync(logFile, 'w');
  const child = spawn(start.file, start.args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...start.env },
  });
  closeSync(log);
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.unref();
  const identity = identify(child.pid ?? 0);
  const deadline = Date.now() + start.deadlineMs;
  if (identity !== undefined) {
    keepStarted(start.name, { identity, session: start.session });
    while (Date.now() < deadline && isAlive(identity)) {
      if (await start.ready()) return;
      await sleep(50);
    }
  }
  const ended = identity === undefined || !isAlive(identity);
  await stopDaemon(start.name, 5_000);
  const why = ended ? 'ended at once' : `did not answer within ${start.deadlineMs / 1000} s`;
  const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  throw new Error(`${start.file} ${why}; the end of ${logFile}:\n${tail}`);
}

export function keepStarted(name: string, started: Started): void {
  writeFileSync(place('started', `${name}.json`), `${JSON.stringify(started)}\n`);
}

export function forgetStarted(name: string): void {
  rmSync(place('started', `${name}.json`), { force: true });
}

/** The process of that name that we started and that still runs. */
export function ourDaemon(name: string): Started | undefined {
  try {
    const started = JSON.parse(readFileSync(place('started', `${name}.json`), 'utf8')) as Started;
    return isAlive(started.identity) ? started : undefined;
  } catch {
    return undefined; // Never started, or a torn file.
  }
}

/** Names of all that we started and that still runs. */
export const ourDaemons = (): string[] =>
  readdirSync(folder('started'))
    .map((file) => file.replace(/\.json$/, ''))
    .filter((name) => ourDaemon(name) !== undefined);

/** Ends what we started under that name: SIGTERM, and SIGKILL after `graceMs`. */
export async function stopDaemon(name: string, graceMs: number): Promise<void> {
  const started = ourDaemon(name);
  if (started !== undefined) {
    signalOne(started.identity, 'SIGTERM');
    if (!(await ends(started.identity, graceMs))) {
      signalOne(started.identity, 'SIGKILL');
      if (!(await ends(started.identity, 10_000)))
        throw new Error(`${name} (pid ${started.identity.pid}) does not end`);
    }
  }
  forgetStarted(name);
}

async function ends(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  for (const deadline = Date.now() + withinMs; isAlive(identity); await sleep(50)) {
    if (Date.now() > deadline) return false;
  }
  return true;
}
