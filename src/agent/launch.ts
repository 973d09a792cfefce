import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, closeSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { PjError } from '../errors.ts';
import { lookupUser, type User } from '../os/accounts.ts';
import { bootId, type ProcessIdentity } from '../os/identity.ts';
import { lastLines } from '../os/last-lines.ts';
import { describeExit, readCmdline, readStat } from '../os/process.ts';
import { buildLaunch, type Launch, resolveCommand } from '../os/sandbox.ts';
import { crashPoint } from './crash.ts';
import { type Binary, type Exit, newToken } from './entry.ts';
import { processEnvironment } from './environment.ts';
import { applyLimits, cgroupOf } from './limits.ts';
import { logFiles, openLog } from './log-files.ts';
import { missingForStart, notAvailable } from './secrecy.ts';
import { binaryOf } from './sighting.ts';
import { makeVolumes } from './volumes.ts';
import { workdirOf } from './workdir.ts';
import { enter, type Managed, until, type World } from './world.ts';

/** How long the programs that prepare a sandbox may take before the workload's own begins. ms */
const EXEC_DEADLINE = 5_000;

/** Everything about a start that is settled before there is a process. */
interface Prepared {
  launch: Launch;
  command: string;
  env: Record<string, string>;
  workdir: string;
  token: string;
  user: User | undefined;
  binary: Binary | null;
  held: string[];
}

/**
 * Starts the process. The registry says `starting` with a fresh token before there is a process and `running` after, so that whoever
 * comes after a kill of the agent finds it by the token. Resolves when the workload's own program runs (or has already ended).
 * `fresh`: the start was asked for, so the file that it is started from is remembered anew.
 * Throws PJ5301, PJ5302, PJ5307–5309 or PJ5209; then nothing of its program has run.
 */
export async function launch(
  managed: Managed,
  world: World,
  how: { fresh: boolean },
  onEnd: (token: string) => void,
): Promise<void> {
  const { entry } = managed;
  const { id } = entry.identity;
  const prepared = prepare(managed, world);
  const { argv } = prepared.launch;
  enter(
    managed,
    world,
    {
      phase: 'starting',
      token: prepared.token,
      process: null,
      imported: false,
      startedAt: world.now().toISOString(),
      reason: null,
      nextStart: null,
      held: prepared.held,
      ...(how.fresh || entry.binary === null ? { binary: prepared.binary } : {}),
    },
    true,
  );
  crashPoint('start:before-spawn');
  const logs = logFiles(world.project, entry.home.id);
  const errorsFrom = statSync(logs.err, { throwIfNoEntry: false })?.size ?? 0;
  const child = await spawnLogged(prepared, logs).catch((error: unknown) => {
    throw new PjError('PJ5301', { id, reason: explain(error, argv[0] ?? '') }, { cause: error });
  });
  crashPoint('start:after-spawn');
  const identity = identifyChild(child.pid ?? 0);
  managed.child = child;
  managed.seen = true;
  managed.exit = undefined;
  child.once('exit', (code, signal) => {
    if (managed.child !== child) return; // Of a run before this one.
    const kills = cgroupOf(world.cgroups, entry.home).oomKills();
    const exit: Exit = {
      known: true,
      code,
      signal,
      oomKilled: kills > managed.oomBefore,
      at: world.now().toISOString(),
    };
    managed.exit = exit;
    for (const wake of [...managed.onExit]) wake();
    onEnd(prepared.token);
  });
  enter(managed, world, { phase: 'running', process: identity });
  await begun(managed, prepared, { path: logs.err, from: errorsFrom });
}

/** Whatever can go wrong before there is a process goes wrong here. */
function prepare(managed: Managed, world: World): Prepared {
  const { entry, spec } = managed;
  const { identity, home } = entry;
  const refuse = (reason: string, cause?: unknown): never => {
    throw new PjError('PJ5301', { id: identity.id, reason }, { cause });
  };
  const secret = missingForStart(managed.missing);
  if (secret !== undefined) throw notAvailable(secret);
  const { native } = spec;
  if (native === undefined) return refuse('it has no `native` block');
  const workdir = workdirOf(world.project, spec) ?? refuse('its working directory is not known');
  if (!statSync(workdir, { throwIfNoEntry: false })?.isDirectory()) {
    refuse(`the working directory ${workdir} is not there`);
  }
  const user = native.user === undefined ? undefined : lookupUser(String(native.user));
  const token = newToken(home.place);
  const env = processEnvironment(world.project, home, spec, entry.base, user, token);
  const resolved = resolveCommand(native.command, { cwd: world.project, path: env['PATH'] ?? '' });
  const command = resolved.path ?? refuse(resolved.reason ?? 'its command is not there');
  makeVolumes(world.project, home, spec, workdir, (dir) => handOver(world.project, dir, user));
  const group = cgroupOf(world.cgroups, home);
  let held: string[] = [];
  if (world.cgroups.writable) {
    try {
      group.create();
      const limits = applyLimits(group, spec);
      held = limits.held;
      for (const reason of limits.refused) world.log(`${identity.id}: limit not held: ${reason}`);
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error), error);
    }
  }
  managed.oomBefore = group.oomKills();
  const launch = buildLaunch({
    command,
    args: native.args ?? [],
    user: native.user,
    group: native.group,
    umask: native.umask,
    rlimits: native.rlimits,
    security: spec.security,
    cgroupProcs: world.cgroups.writable ? group.procsFiles() : [],
    workdir,
    tools: world.tools(),
  });
  return { launch, command, env, workdir, token, user, binary: binaryOf(command, entry.spec), held };
}

/** A volume's folder for another user: the folders above, which are closed otherwise, must let that user through (but not look). */
function handOver(project: string, dir: string, user: User | undefined): void {
  if (user === undefined || user.uid === process.geteuid?.()) return;
  if (statSync(dir).uid !== user.uid) chownSync(dir, user.uid, user.gid);
  for (const path of [join(project, '.pj'), join(project, '.pj', 'volumes'), resolve(dir, '..')])
    chmodSync(path, 0o711);
}

/** Spawns in a session of its own, output appended to the logs, which stay open in the process alone. Rejects with the system's error. */
async function spawnLogged(
  { launch, env, user, workdir }: Prepared,
  logs: { out: string; err: string },
): Promise<ChildProcess> {
  const [file = '', ...args] = launch.argv;
  const owner = user === undefined || process.geteuid?.() !== 0 ? undefined : user;
  const out = openLog(logs.out, owner);
  let child: ChildProcess;
  try {
    const err = openLog(logs.err, owner);
    try {
      child = spawn(file, args, { cwd: workdir, env, detached: true, stdio: ['ignore', out, err] });
    } finally {
      closeSync(err);
    }
  } finally {
    closeSync(out);
  }
  if (child.pid === undefined) await new Promise((_, reject) => child.once('error', reject));
  // After a spawn that went well an error can only be a signal that did not reach it, and signals go another way.
  child.on('error', () => undefined);
  return child;
}

/** The child's identity. One that has already ended is a zombie until this process has heard of it, and its start time still readable. */
function identifyChild(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  const boot = bootId();
  return stat === undefined || boot === undefined ? null : { pid, startTime: stat.startTime, bootId: boot };
}

/** Waits until the chain of preparing programs has become the workload's own. Throws PJ5301 with what the chain said when it did not come so far. */
async function begun(managed: Managed, prepared: Prepared, errors: { path: string; from: number }): Promise<void> {
  const { argv, needs, monitored } = prepared.launch;
  const pid = managed.child?.pid;
  if (needs.length === 0 || pid === undefined) return;
  const own = 1 + (managed.spec.native?.args?.length ?? 0);
  const preparing = () => {
    const now = readCmdline(pid);
    // In the middle of an exec, or dead and not yet heard of: neither says that the workload's own program runs.
    if (now.length === 0) return true;
    if (monitored && now[0]?.endsWith('bwrap') === true) return false;
    // Every link of the chain is the rest of the whole command line.
    return now.length > own && now.every((arg, i) => arg === argv[argv.length - now.length + i]);
  };
  const wake = (call: () => void) => {
    managed.onExit.add(call);
    return () => managed.onExit.delete(call);
  };
  await until(() => managed.exit !== undefined || !preparing(), EXEC_DEADLINE, wake);
  const { exit } = managed;
  if (exit === undefined || exit.code === 0) return;
  const said = lastLines(errors.path, 3, errors.from);
  const tools = ['pj-launch', ...needs].map((name) => `${basename(name)}: `);
  const line = said.find((text) => tools.some((tool) => text.startsWith(tool)));
  if (line === undefined) return;
  const how = describeExit(exit.code, exit.signal as NodeJS.Signals | null);
  throw new PjError('PJ5301', { id: managed.entry.identity.id, reason: `${line} (${how})` });
}

function explain(error: unknown, file: string): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return `${file} is not there`;
  if (code === 'EACCES') return `${file} may not be executed`;
  if (code === 'E2BIG') return 'its arguments and environment are longer than the kernel allows';
  if (code === 'EAGAIN') return 'the kernel allows no further process (a limit on processes is reached)';
  return error instanceof Error ? error.message : String(error);
}
