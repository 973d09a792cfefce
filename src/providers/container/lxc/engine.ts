import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { PjError } from '../../../errors.ts';
import { type CgroupHost, detectCgroups } from '../../../os/cgroup.ts';
import { run } from '../../../os/exec.ts';
import type { CallContext, Unusable, Usable } from '../../contract.ts';
import type { RuntimeOptions } from '../runtime.ts';
import { type Place, placeAt, toldPath } from './place.ts';

const execFileAsync = promisify(execFile);
const INSTALL = 'Install it: apt-get install lxc';
const TOOLS = ['lxc-execute', 'lxc-start', 'lxc-stop', 'lxc-attach', 'lxc-info', 'lxc-create', 'lxc-freeze'];
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const PATH = FOLDERS.join(delimiter);

/** What is being done to whom, for errors. */
export interface Doing {
  action: string;
  id: string;
}

/** LXC on this host. */
export interface Lxc {
  /** `LXC 5.0.2`. */
  label: string;
  place: Place;
  host: CgroupHost;
  /** Runs a tool to its end and gives what it printed. Throws PJ5407 with what it complained of. */
  tool(argv: readonly string[], doing: Doing, context: CallContext, timeoutMs?: number): Promise<string>;
}

/** The environment of whatever runs outside of containers: nothing of the user's changes how it works. */
export const toolEnv = (): Record<string, string> => ({ PATH, LC_ALL: 'C.UTF-8', HOME: '/root' });

/** Looks for LXC; a reason and what to do about it where it cannot be used. */
export async function findLxc({ env }: RuntimeOptions, context: CallContext): Promise<Lxc | Unusable> {
  const unusable = (reason: string, install: string): Unusable => ({ usable: false, engine: 'lxc', reason, install });
  if (process.platform !== 'linux') return unusable('LXC is there on Linux only', 'Use docker or podman.');
  const missing = (await Promise.all(TOOLS.map(isThere))).flatMap((there, i) => (there ? [] : [TOOLS[i] ?? '']));
  if (missing.length > 0) return unusable(`${missing.join(', ')} not found`, INSTALL);
  if (process.geteuid?.() !== 0)
    return unusable(
      'pj uses LXC as root only (unprivileged LXC is not supported)',
      'Run pj as root (sudo pj …), or use podman, which needs no root.',
    );
  const [told, path] = await Promise.all([said('lxc-start', ['--version'], context), lxcPath(env, context)]);
  const version = told.trim();
  if (!/^[4-9]\./.test(version)) return unusable(`LXC ${version || '(unknown)'} is too old: 4.0 is needed`, INSTALL);
  const label = `LXC ${version}`;
  return {
    label,
    // As LXC itself names its sockets by it: without a slash at its end.
    place: placeAt(resolve(path)),
    host: detectCgroups(),
    async tool(argv, doing, { signal }, timeoutMs = 60_000) {
      const { code, stdout, stderr, timedOut } = await run(argv, { timeoutMs, env: toolEnv(), signal });
      if (code === 0) return stdout;
      const reason = timedOut ? `${argv[0] ?? ''} took more than ${timeoutMs / 1000} s` : complaint(stderr || stdout);
      throw new PjError('PJ5407', { engine: label, ...doing, reason });
    },
  };
}

export const usableAs = ({ label, place }: Lxc): Usable => ({
  usable: true,
  engine: 'lxc',
  version: label.replace('LXC ', ''),
  notes: [place.containers],
});

/** LXC's messages without where in its source they come from; the first says most. */
export function complaint(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^.*?\.c:\s*\w+:\s*\d+\s*(?:-\s*)?/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('Additional information can be obtained'));
  return lines.slice(0, 3).join('; ') || 'it gave no reason';
}

/** LXC's folder: as its own file says, without a process, or else as it was built. */
async function lxcPath(env: RuntimeOptions['env'], context: CallContext): Promise<string> {
  return toldPath(env) ?? ((await said('lxc-config', ['lxc.lxcpath'], context)).trim() || '/var/lib/lxc');
}

/** What a program prints at once; nothing where it fails. Every run of pj asks, so this does without what other tools are run by. */
async function said(command: string, args: string[], { signal }: CallContext): Promise<string> {
  const answer = execFileAsync(command, args, { timeout: 10_000, env: toolEnv(), signal });
  const { stdout } = await answer.catch(() => ({ stdout: '' }));
  signal.throwIfAborted();
  return stdout;
}

async function isThere(tool: string): Promise<boolean> {
  for (const folder of FOLDERS) {
    try {
      await access(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      // The next folder may have it.
    }
  }
  return false;
}
