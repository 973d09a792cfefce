import { spawn } from 'node:child_process';
import { PjError } from '../errors.ts';
import { stopPolicy } from '../model/spec.ts';
import { isLeaf } from '../model/template.ts';
import type { ProcessIdentity } from '../os/identity.ts';
import { signalTree, type TreeRoot, treePids } from '../os/process.ts';
import { resolveCommand } from '../os/tools.ts';
import { markOf } from './entry.ts';
import { cgroupOf } from './limits.ts';
import { workdirOf } from './workdir.ts';
import { LONGEST, type Managed, until, type World } from './world.ts';

/** How long the kernel may take to end what was killed. ms */
const KILL_DEADLINE = 5_000;
/** Between fork and exec a child does not carry its mark yet; so long after the agent's death none is in between. ms */
export const FORK_WINDOW = 250;

/** How the processes of an instance are found: by its cgroup, else by pid, group, descent and mark. */
export function rootOf(managed: Pick<Managed, 'entry'>, world: Pick<World, 'cgroups'>): TreeRoot {
  const { entry } = managed;
  const root: TreeRoot = {};
  if (entry.process !== null) root.identity = entry.process;
  if (entry.token !== null && !entry.imported) root.marker = markOf(entry.home, entry.token);
  const group = cgroupOf(world.cgroups, entry.home);
  if (group.exists()) root.cgroup = group;
  return root;
}

/**
 * Whether something of an instance may live. In a phase that is only entered when its tree is empty nothing does, and where there is no cgroup
 * to ask the look through all processes of the host can be spared.
 */
export function mayLive(managed: Managed, world: World): boolean {
  const { entry } = managed;
  const group = cgroupOf(world.cgroups, entry.home);
  if (group.exists()) return group.populated();
  const busy = entry.phase === 'starting' || entry.phase === 'running' || entry.phase === 'stopping';
  return busy && membersOf(managed, world).length > 0;
}

/** Every process of an instance that lives now. */
export function membersOf(managed: Managed, world: World): ProcessIdentity[] {
  return treePids(rootOf(managed, world));
}

/**
 * Ends the whole tree: the stop command or signal first, SIGKILL after the grace period. When it resolves nothing of it lives.
 * Throws PJ5303 when the kernel does not end it.
 */
export async function halt(managed: Managed, world: World, how: { atOnce: boolean }): Promise<void> {
  const { entry } = managed;
  const root = rootOf(managed, world);
  const empty = () => treePids(root).length === 0;
  const onWake = (wake: () => void) => {
    managed.onExit.add(wake);
    return () => managed.onExit.delete(wake);
  };
  if (empty()) return;
  if (!how.atOnce) {
    const { signal, gracePeriod } = stopPolicy(managed.spec);
    const end = performance.now() + gracePeriod * 1000;
    const command = managed.spec.native?.stopCommand;
    const usable = command?.every((arg) => typeof arg === 'string') === true ? command : undefined;
    if (command !== undefined && usable === undefined)
      world.log(`${entry.identity.id}: a secret of the stop command is not known here; ${signal} is sent instead`);
    const asked = usable !== undefined && (await runStopCommand(managed, world, usable, gracePeriod * 1000));
    if (!asked) signalTree(root, signal);
    if (await until(empty, end - performance.now(), onWake)) return;
    world.log(`${entry.identity.id}: did not end within ${gracePeriod} s; killing it`);
  }
  signalTree(root, 'SIGKILL');
  const gone = await until(
    () => {
      const left = treePids(root);
      // A fork that slipped through between the looking and the killing.
      if (left.length > 0) signalTree(root, 'SIGKILL');
      return left.length === 0;
    },
    KILL_DEADLINE,
    onWake,
  );
  if (!gone) {
    const left = treePids(root);
    const foreign = left.filter((one) => !mayBeSignalled(one));
    const reason =
      foreign.length > 0
        ? `pid ${pidsOf(foreign)} runs as another user, whom this one may not signal`
        : `pid ${pidsOf(left)} still there ${KILL_DEADLINE / 1000} s after SIGKILL`;
    throw new PjError('PJ5303', { id: entry.identity.id, reason });
  }
}

const pidsOf = (list: readonly ProcessIdentity[]) => list.map((one) => one.pid).join(', ');

function mayBeSignalled({ pid }: ProcessIdentity): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}

/**
 * Runs the command that stops it, as the agent's user, with PJ_PID beside the environment; it is looked up as the workload's own command is.
 * False: it failed, which is told; the signal is to be sent then.
 */
async function runStopCommand(
  managed: Managed,
  world: World,
  argv: readonly string[],
  timeoutMs: number,
): Promise<boolean> {
  const { entry, spec } = managed;
  const [command = '', ...args] = argv;
  const known = (vars: Record<string, unknown> = {}) =>
    Object.fromEntries(Object.entries(vars).filter(([, value]) => !isLeaf(value))) as Record<string, string>;
  const env: Record<string, string> = {
    ...entry.base,
    ...known(spec.properties),
    ...known(spec.env),
    PJ_PID: String(entry.process?.pid ?? ''),
  };
  const { path, reason } = resolveCommand(command, { cwd: world.project, path: env['PATH'] ?? '' });
  const problem = await new Promise<string | undefined>((resolve) => {
    if (path === undefined) return resolve(reason);
    const child = spawn(path, args, {
      cwd: workdirOf(world.project, spec) ?? world.project,
      env,
      stdio: 'ignore',
      detached: true,
    });
    const timer = setTimeout(
      () => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        } catch {
          // It has just ended.
        }
        resolve(`did not end within ${timeoutMs / 1000} s`);
      },
      Math.min(timeoutMs, LONGEST),
    );
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? undefined : `exited ${signal ?? code}`);
    });
  });
  if (problem !== undefined) world.log(managed.redact(`${entry.identity.id}: the stop command failed: ${problem}`));
  return problem === undefined;
}
