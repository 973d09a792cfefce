import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTools, resolveCommand } from '../../../../os/tools.ts';
import type { Endpoint } from './endpoint.ts';

/** Milliseconds that ssh may take until the tunnel stands. */
const PATIENCE = 30_000;
/** Bytes: what a socket's path may have. */
const LONGEST_SOCKET = 100;

/** A local socket that leads to one on another host. */
export interface Tunnel {
  socket: string;
  /** What ssh has said last. */
  said(): string;
  alive(): boolean;
  close(): Promise<void>;
}

/**
 * Forwards a socket of another host to a private one here, by the ssh program in PATH with whatever the user's ssh config says. Nothing is asked:
 * keys must be there. Throws an Error with what ssh said when it does not come up, and the signal's reason when that aborts.
 */
export async function openTunnel(
  to: Extract<Endpoint, { type: 'ssh' }>,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Tunnel> {
  signal.throwIfAborted();
  const path = env['PATH'] ?? '';
  const ssh = resolveCommand('ssh', { cwd: '/', path });
  if (ssh.path === undefined) throw new Error(`${ssh.reason}; apt-get install openssh-client`);
  const folder = privateFolder(env);
  const socket = join(folder, 'engine.sock');
  const argv = [
    // So that it ends with us even when we are killed.
    ...guard(path),
    ssh.path,
    ...['-N', '-T', '-L', `${socket}:${to.socket}`],
    // A connection that is shared with others would outlive this process, or end with one of theirs.
    ...options({
      ControlMaster: 'no',
      ControlPath: 'none',
      BatchMode: 'yes',
      ExitOnForwardFailure: 'yes',
      ConnectTimeout: '15',
      ServerAliveInterval: '15',
      StreamLocalBindMask: '0177',
    }),
    ...(to.port === undefined ? [] : ['-p', String(to.port)]),
    ...(to.user === undefined ? [] : ['-l', to.user]),
    ...['--', to.host],
  ];
  const [command = '', ...args] = argv;
  // A group of its own: Ctrl-C is for us, and the tunnel is needed until we have ended.
  const child = spawn(command, args, { detached: true, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let ended: string | undefined;
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-2000);
  });
  const exit = new Promise<void>((resolve) => {
    child.once('error', ({ message }) => {
      ended ??= message;
      resolve();
    });
    child.once('exit', (code, by) => {
      ended ??= `ssh ended: ${by ?? `exit ${String(code)}`}`;
      // What it said last may still stand in the pipe.
      setImmediate(resolve);
    });
  });
  child.unref();
  (child.stderr as Socket).unref();
  const text = (): string =>
    said
      .trim()
      .split(/\s*\r?\n\s*/)
      .slice(-3)
      .join('; ');
  const close = async (): Promise<void> => {
    const kill = (by: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined && ended === undefined) process.kill(-child.pid, by);
      } catch {
        // ESRCH: it has ended already.
      }
    };
    kill('SIGTERM');
    const slow = setTimeout(() => kill('SIGKILL'), 2000);
    await exit;
    clearTimeout(slow);
    child.stderr.destroy();
    rmSync(folder, { recursive: true, force: true });
  };
  const end = performance.now() + PATIENCE;
  while (!existsSync(socket)) {
    const fault = ended ?? (performance.now() > end ? `no connection within ${PATIENCE / 1000} s` : undefined);
    if (fault === undefined && !signal.aborted) {
      await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 20))]);
      continue;
    }
    await close();
    signal.throwIfAborted();
    throw new Error(text() === '' ? (fault ?? '') : text());
  }
  return { socket, said: text, alive: () => ended === undefined, close };
}

const options = (all: Record<string, string>): string[] =>
  Object.entries(all).flatMap(([name, value]) => ['-o', `${name}=${value}`]);

function guard(path: string): string[] {
  const { setpriv } = findTools(path);
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'TERM', '--'];
}

/** A folder that only this user can enter, with a path short enough for a socket. */
function privateFolder(env: Readonly<Record<string, string | undefined>>): string {
  const parents = [env['XDG_RUNTIME_DIR'], tmpdir(), '/tmp'];
  const parent = parents.find(
    (one) => one !== undefined && one !== '' && existsSync(one) && one.length < LONGEST_SOCKET - 30,
  );
  // mkdtemp makes it 0700.
  return mkdtempSync(join(parent ?? '/tmp', 'pj-ssh-'));
}
