import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, readFileSync } from 'node:fs';
import { PjError } from '../../../../errors.ts';
import type { Spec } from '../../../../model/spec.ts';
import { readEnviron } from '../../../../os/process.ts';
import type { CallContext, ExecStreams, HealthVerdict } from '../../../contract.ts';
import { type Doing, type Lxc, toolEnv } from '../engine.ts';
import { filesOf } from '../place.ts';
import { configText, lastOf, parseConfig } from './config-text.ts';
import { inMemory } from './memory-file.ts';
import { isUnwritable } from './program.ts';
import type { SeenContainer } from './seen-container.ts';

/** As with the start: LXC opens the configuration through this shell, so that what it runs does not inherit it. */
const ATTACH = `(exec lxc-attach -f "/proc/$$/fd/3" "$@" 3<&-)
exit $?`;

/** How much of the output's end goes into the reason of a health check. Characters. */
const TAIL = 300;

/** Begins a command in a container, as its user and with its environment. */
function attach(
  lxc: Lxc,
  { name, dir, run }: SeenContainer,
  argv: readonly string[],
  stdio: 'inherit' | 'pipe' | readonly ['ignore', 'pipe', 'pipe'],
): ChildProcess {
  const config = readFileSync(filesOf(dir).config, 'utf8');
  const lines = parseConfig(config);
  // What the program itself has is what its start gave it; no file has it.
  const env = Object.entries(run?.program === undefined ? {} : readEnviron(run.program.pid));
  const kept = env.filter(([, value]) => isUnwritable(value));
  const written = env.filter(([, value]) => !isUnwritable(value));
  const [uid, gid] = [lastOf(lines, 'lxc.init.uid'), lastOf(lines, 'lxc.init.gid')];
  const conf = inMemory(
    config + configText(written.map(([one, value]) => ['lxc.environment', `${one}=${value}`] as const)),
  );
  try {
    return spawn(
      '/bin/sh',
      [
        '-c',
        ATTACH,
        'pj-lxc',
        ...['-P', lxc.place.containers, '-n', name, '--clear-env'],
        ...kept.map(([one]) => `--keep-var=${one}`),
        ...(uid === undefined ? [] : ['-u', uid]),
        ...(gid === undefined ? [] : ['-g', gid]),
        '--',
        ...argv,
      ],
      {
        cwd: '/',
        // A terminal belongs to a session; without one, all of it is killed as a group.
        detached: stdio !== 'inherit',
        env: { ...toolEnv(), ...Object.fromEntries(kept) },
        stdio: [...(typeof stdio === 'string' ? [stdio, stdio, stdio] : stdio), conf],
      },
    );
  } finally {
    closeSync(conf);
  }
}

/** Runs a command with these streams and gives its exit code. Where pj has a terminal, LXC makes one in the container by itself. */
export async function execIn(
  lxc: Lxc,
  seen: SeenContainer,
  argv: readonly string[],
  streams: ExecStreams,
  doing: Doing,
  { signal }: CallContext,
): Promise<number> {
  const terminal = streams.tty !== undefined && process.stdin.isTTY;
  const child = attach(lxc, seen, argv, terminal ? 'inherit' : 'pipe');
  const kill = (): void => killGroup(child);
  signal.addEventListener('abort', kill, { once: true });
  try {
    if (!terminal) {
      child.stdin?.on('error', () => undefined);
      if (streams.stdin === undefined) child.stdin?.end();
      else if (child.stdin !== null) streams.stdin.pipe(child.stdin);
      child.stdout?.pipe(streams.stdout, { end: false });
      child.stderr?.pipe(streams.stderr, { end: false });
    }
    const code = await new Promise<number>((resolve, reject) => {
      child.once('close', (exit, killer) => resolve(exit ?? (killer === 'SIGKILL' ? 137 : 1)));
      child.once('error', (cause) =>
        reject(new PjError('PJ5407', { engine: lxc.label, ...doing, reason: cause.message }, { cause })),
      );
    });
    signal.throwIfAborted();
    return code;
  } finally {
    signal.removeEventListener('abort', kill);
    if (child.stdin !== null) streams.stdin?.unpipe(child.stdin);
  }
}

/** Runs the command of a health check; 0 is healthy. */
export function healthOf(lxc: Lxc, seen: SeenContainer, spec: Spec, { signal }: CallContext): Promise<HealthVerdict> {
  const command = spec.healthCheck?.command ?? [];
  const [file] = command;
  if (file === undefined) return Promise.resolve({ healthy: false, reason: 'the health check has an empty command' });
  if (seen.state !== 'running') return Promise.resolve({ healthy: false, reason: `the container is ${seen.state}` });
  const child = attach(lxc, seen, command, ['ignore', 'pipe', 'pipe']);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-TAIL);
    });
  const failed = (what: string): HealthVerdict => {
    const tail = output.trim() === '' ? '' : `: ${output.trim()}`;
    return { healthy: false, reason: `${file} → ${what}${tail}` };
  };
  return new Promise((resolve) => {
    const giveUp = (): void => {
      killGroup(child);
      resolve(failed('it took too long'));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    const end = (verdict: HealthVerdict): void => {
      signal.removeEventListener('abort', giveUp);
      resolve(verdict);
    };
    child.once('error', (cause) => end(failed(cause.message)));
    child.once('close', (code) => end(code === 0 ? { healthy: true } : failed(`exit code ${code ?? 'unknown'}`)));
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, or shares our own terminal and gets its signals from there.
  }
}
