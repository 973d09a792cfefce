import { readlinkSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { PjError } from '../../errors.ts';
import type { Spec } from '../../model/spec.ts';
import { identify } from '../../os/identity.ts';
import { readCmdline, readEnviron, readExe } from '../../os/process.ts';
import { resolveCommand } from '../../os/sandbox.ts';

/** What a running process is, as a spec. */
export interface Described {
  pid: number;
  /** With everything that a restart needs. */
  whole: Spec;
  /** What may be recorded: without arguments where nobody says that none of them is a secret. */
  recorded: Spec;
}

/**
 * Describes a process from /proc. With a `spec` of the descriptor, that spec with what differs in reality put in its place, so that the next
 * plan shows it; variables that the process does not have are left out. Throws PJ5305.
 */
export function describeProcess(
  id: string,
  engineId: string,
  spec: Spec | undefined,
  project: string,
  path: string,
): Described {
  const pid = Number(engineId);
  const refuse = (reason: string): never => {
    throw new PjError('PJ5305', { pid: engineId, id, reason });
  };
  if (!/^\d+$/.test(engineId) || pid < 2) refuse('this is no pid');
  if (identify(pid) === undefined) refuse('there is no such process');
  const exe = readExe(pid);
  if (exe === undefined) return refuse('its program cannot be read: it belongs to another user, or to the kernel');
  const cwd = readLink(`/proc/${pid}/cwd`);
  const args = readCmdline(pid).slice(1);
  const environ = readEnviron(pid);

  const told = spec?.native;
  const command = told !== undefined && leadsTo(told.command, exe.path, project, path) ? told.command : exe.path;
  const workdir = cwd === undefined || cwd === resolve(project, told?.workdir ?? '.') ? told?.workdir : cwd;
  const native = { ...told, command, args, ...(workdir === undefined ? {} : { workdir }) };
  if (args.length === 0 && told?.args === undefined) delete (native as { args?: string[] }).args;
  if (spec === undefined) {
    const { args: _, ...withoutArgs } = native;
    return { pid, whole: { native }, recorded: { native: withoutArgs } };
  }
  const env = Object.fromEntries(Object.entries(spec.env ?? {}).filter(([name, value]) => environ[name] === value));
  const described: Spec = { ...spec, ...(spec.env === undefined ? {} : { env }), native };
  return { pid, whole: described, recorded: described };
}

/** Whether a command, looked up as a start would, is that very file. */
function leadsTo(command: string, exe: string, project: string, path: string): boolean {
  const found = resolveCommand(command, { cwd: project, path }).path;
  try {
    return found !== undefined && realpathSync(found) === exe;
  } catch {
    return false;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
