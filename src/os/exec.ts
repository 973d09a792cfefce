import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import { PjError } from '../errors.ts';

export interface RunOptions {
  /** After this the whole process group is killed. */
  timeoutMs: number;
  cwd?: string;
  /** The whole environment; default that of this process. */
  env?: Record<string, string>;
  signal?: AbortSignal;
  /** Written to its standard input, which is empty otherwise. */
  input?: string;
  /** An open file that is its standard input, instead of `input`. */
  stdin?: number;
  /** Bytes kept of each of stdout and stderr, default 1 MiB; what comes after is read and dropped. */
  maxOutput?: number;
}

export interface RunResult {
  /** Null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

/**
 * Runs a program to its end, without a shell, in a process group of its own. A bad exit code is a result, not an error.
 * Throws PJ5070 when it cannot be started, and the signal's reason when that aborts (the group is killed first).
 */
export async function run(argv: readonly string[], options: RunOptions): Promise<RunResult> {
  const [command, ...args] = argv;
  if (command === undefined) throw new PjError('PJ5070', { command: '(nothing)', reason: 'the command is empty' });
  options.signal?.throwIfAborted();
  const { execa } = await import('execa');
  // No event tells of an abort that came meanwhile.
  options.signal?.throwIfAborted();
  const child = execa(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env, extendEnv: false }),
    ...(options.input === undefined ? { stdin: standardInput(options.stdin) } : { input: options.input }),
    detached: true,
    // A run that ends early must not leave it to execa whether the child lives: the finally below sees to that.
    cleanup: false,
    reject: false,
    buffer: false,
  });
  const stdout = collect(child.stdout, options.maxOutput ?? 1 << 20);
  const stderr = collect(child.stderr, options.maxOutput ?? 1 << 20);
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('exit', (code: number | null, signal: NodeJS.Signals | null) => resolve({ code, signal }));
    child.once('error', (cause: Error) => {
      if (child.pid === undefined) reject(new PjError('PJ5070', { command, reason: explain(cause) }, { cause }));
    });
  });
  let timedOut = false;
  const killGroup = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // ESRCH: the whole group has ended already.
    }
  };
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup();
  }, options.timeoutMs);
  // Any number of programs may run on one signal.
  if (options.signal !== undefined) setMaxListeners(0, options.signal);
  options.signal?.addEventListener('abort', killGroup, { once: true });
  try {
    const { code, signal } = await exited;
    await Promise.race([Promise.all([stdout.ended, stderr.ended]), quiet([stdout, stderr], options.timeoutMs)]);
    options.signal?.throwIfAborted();
    return { code, signal, stdout: stdout.text(), stderr: stderr.text(), timedOut };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', killGroup);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** execa takes an open file, as spawn does, though its types do not say so. */
const standardInput = (fd: number | undefined): 'ignore' => (fd ?? 'ignore') as 'ignore';

interface Collected {
  ended: Promise<void>;
  size(): number;
  text(): string;
}

/**
 * Resolves when nothing more has come for a while, or after `mostMs`: a child that went to the background may hold the pipes open for ever. What
 * stood in a pipe when the program ended is read before that, however busy this process is.
 */
async function quiet(streams: readonly Collected[], mostMs: number): Promise<void> {
  const end = performance.now() + mostMs;
  const size = () => streams.reduce((sum, one) => sum + one.size(), 0);
  for (let silent = 0, before = size(); silent < 4 && performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 25).unref());
    // The loop's next turn reads what has come meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    const now = size();
    silent = now === before ? silent + 1 : 0;
    before = now;
  }
}

function collect(stream: Readable | null, limit: number): Collected {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size < limit) chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
  });
  const ended = new Promise<void>((resolve) => {
    if (stream === null) resolve();
    stream?.once('close', resolve).once('error', () => resolve());
  });
  return { ended, size: () => size, text: () => Buffer.concat(chunks).toString('utf8') };
}

function explain(cause: Error): string {
  const code = 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT') return 'not found (or its folder to run in is not there)';
  return code === 'EACCES' ? 'permission denied' : cause.message;
}
