import { isAbsolute, relative, resolve } from 'node:path';
import { PjError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import { isNumber, lookupGroup, lookupUser } from './accounts.ts';
import { capabilityName } from './capabilities.ts';
import { findTools, TOOL_PACKAGE, type ToolName, type Tools } from './tools.ts';

export { checkSecurity } from './sandbox-check.ts';
export { findTools, resolveCommand, type ToolName, type Tools } from './tools.ts';

/** How a process is to be started. All values are resolved: no templates. */
export interface LaunchRequest {
  /** Absolute path, or a name that PATH resolves in the workload's environment. */
  command: string;
  args: readonly string[];
  /** Name or number. */
  user?: string | undefined;
  /** Name or number; default the user's own. */
  group?: string | undefined;
  /** Octal, such as `027`. */
  umask?: string | undefined;
  /** Soft and hard limit both; -1 is unlimited. */
  rlimits?: Record<string, number> | undefined;
  security?: JsonObject | undefined;
  /** The cgroup.procs files of the groups to join, before anything of the workload runs. */
  cgroupProcs: readonly string[];
  /** Absolute. */
  workdir: string;
  /** Default: looked up in this process's PATH and the standard folders. */
  tools?: Tools | undefined;
}

export interface Launch {
  /** What to execute, without a shell. */
  argv: string[];
  /** The tools that are in it. */
  needs: ToolName[];
  /**
   * True when a bubblewrap process stays as the parent of the workload's own first process (mount and network namespaces):
   * it passes the exit code on, a death by signal as 128 + n.
   */
  monitored: boolean;
}

/** The security settings, named as systemd names them. */
export interface SecuritySettings {
  /** No setuid program and no file capability gives more rights than it has. Bubblewrap sets it always. */
  noNewPrivileges?: boolean;
  /** The capabilities that are kept; all others go, from the bounding set too. */
  capabilities?: string[];
  /** Everything is read-only but /dev, /proc, a private /tmp and `writablePaths`. */
  readOnlyRoot?: boolean;
  writablePaths?: string[];
  /** Only an own loopback interface. */
  privateNetwork?: boolean;
  /** Own empty /tmp and /var/tmp; the workdir, the command and writablePaths below them stay visible. */
  privateTmp?: boolean;
}

/**
 * Joins cgroups, sets the umask, then becomes the rest of its arguments. Constant text: all data comes as positional
 * parameters. `0` names the writer itself, so that there is no instant outside the group.
 */
const JOIN = `u=$1 n=$2; shift 2
while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 126; shift; n=$((n-1)); done
[ "$u" = - ] || umask "$u" || exit 126
exec "$@"`;

/**
 * The same for bubblewrap, whose first process stays as the parent: were it to die of a signal that is meant for the
 * workload, nobody could learn its exit code. Ignored signals are inherited, so `env` makes them default again inside.
 */
const JOIN_IGNORING = JOIN.replace(
  'exec',
  `trap '' HUP INT QUIT ALRM TERM USR1 USR2 PIPE WINCH IO PWR VTALRM PROF 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 \
51 52 53 54 55 56 57 58 59 60 61 62 63 64
exec`,
);

/**
 * The chain that starts a process as asked: sh (joins cgroups, umask) → bwrap (mounts, network) → prlimit → setpriv
 * (user, capabilities) → command; only the links that are needed, and the command alone where nothing is.
 * Throws PJ5061 for a tool that is missing and PJ5062 for a value that cannot be.
 */
export function buildLaunch(request: LaunchRequest): Launch {
  const tools = request.tools ?? findTools();
  const needs: ToolName[] = [];
  const use = (name: ToolName, what: string): string => {
    const path = tools[name];
    if (path === undefined) throw new PjError('PJ5061', { tool: name, what, package: TOOL_PACKAGE[name] });
    needs.push(name);
    return path;
  };
  const security = securityOf(request.security);
  const mounts = bwrapArguments(request, security);
  const monitored = mounts.length > 0;
  const argv: string[] = [];

  if (request.cgroupProcs.length > 0 || request.umask !== undefined || monitored) {
    const umask = request.umask ?? '-';
    if (umask !== '-' && !/^0?[0-7]{1,3}$/.test(umask)) cannot(`umask ${umask} is not an octal number up to 777`);
    argv.push(use('sh', 'cgroups and umask'), '-c', monitored ? JOIN_IGNORING : JOIN, 'pj-launch', umask);
    argv.push(String(request.cgroupProcs.length), ...request.cgroupProcs);
  }
  if (monitored) {
    argv.push(use('bwrap', 'readOnlyRoot, privateNetwork and privateTmp'), ...mounts, '--');
    argv.push(use('env', 'default signals inside bubblewrap'), '--default-signal', '--');
  }
  const limits = rlimitArguments(request.rlimits);
  if (limits.length > 0) argv.push(use('prlimit', 'rlimits'), ...limits, '--');
  const rights = setprivArguments(request, security, monitored);
  if (rights.length > 0) argv.push(use('setpriv', 'user, group, capabilities and noNewPrivileges'), ...rights, '--');
  argv.push(request.command, ...request.args);
  return { argv, needs: [...new Set(needs)], monitored };
}

/** The settings as they were checked; anything of another type was refused at plan. */
export function securityOf(security: JsonObject = {}): SecuritySettings {
  const flag = (key: string) => (typeof security[key] === 'boolean' ? { [key]: security[key] } : {});
  const list = (key: string) => {
    const value = security[key];
    return Array.isArray(value) ? { [key]: value.filter((entry) => typeof entry === 'string') } : {};
  };
  return {
    ...flag('noNewPrivileges'),
    ...flag('readOnlyRoot'),
    ...flag('privateNetwork'),
    ...flag('privateTmp'),
    ...list('capabilities'),
    ...list('writablePaths'),
  };
}

function bwrapArguments(request: LaunchRequest, security: SecuritySettings): string[] {
  const { readOnlyRoot = false, privateNetwork = false, privateTmp = false } = security;
  if (!readOnlyRoot && !privateNetwork && !privateTmp) return [];
  const argv: string[] = [];
  if (readOnlyRoot) argv.push('--ro-bind', '/', '/', '--dev-bind', '/dev', '/dev', '--bind', '/proc', '/proc');
  else argv.push('--dev-bind', '/', '/');
  const writable = (security.writablePaths ?? []).map((path) => resolve(request.workdir, path));
  if (privateTmp) {
    for (const folder of ['/tmp', '/var/tmp']) argv.push('--perms', '1777', '--tmpfs', folder);
    // What the workload needs to start at all must not vanish with the shared /tmp.
    const bind = readOnlyRoot ? '--ro-bind' : '--bind';
    if (isInTmp(request.workdir)) argv.push(bind, request.workdir, request.workdir);
    if (isAbsolute(request.command) && isInTmp(request.command)) argv.push(bind, request.command, request.command);
  }
  if (readOnlyRoot || privateTmp) {
    for (const path of writable) if (readOnlyRoot || isInTmp(path)) argv.push('--bind', path, path);
  }
  if (privateNetwork) argv.push('--unshare-net');
  argv.push('--chdir', request.workdir);
  return argv;
}

/** True for a path below one of the folders that a private tmp hides. */
export const isInTmp = (path: string): boolean =>
  ['/tmp', '/var/tmp'].some((folder) => {
    const inside = relative(folder, path);
    return inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  });

function rlimitArguments(rlimits: Record<string, number> = {}): string[] {
  return Object.entries(rlimits).map(([name, value]) => {
    const amount = value === -1 ? 'unlimited' : String(value);
    return `--${name}=${amount}:${amount}`;
  });
}

function setprivArguments(request: LaunchRequest, security: SecuritySettings, monitored: boolean): string[] {
  const isRoot = process.geteuid?.() === 0;
  const argv = accountArguments(request);
  const kept = security.capabilities?.map((name) => capabilityName(name) ?? cannot(`unknown capability ${name}`));
  if (kept !== undefined && isRoot) {
    const set = ['-all', ...kept.map((name) => `+${name}`)].join(',');
    argv.push(`--bounding-set=${set}`, `--inh-caps=${set}`);
    // A user who is not root keeps capabilities over exec only as ambient ones.
    if (kept.length > 0) argv.push(`--ambient-caps=${set}`);
  }
  // Without root there is nothing to drop; that no setuid program gives it back is what can be held.
  if (security.noNewPrivileges === true || (kept !== undefined && !isRoot)) argv.push('--no-new-privs');
  // SIGKILL of bubblewrap alone must not leave the workload behind.
  if (monitored) argv.push('--pdeathsig=KILL');
  return argv;
}

function accountArguments({ user, group }: LaunchRequest): string[] {
  if (user === undefined && group === undefined) return [];
  const argv: string[] = [];
  const account = user === undefined ? undefined : lookupUser(user);
  if (user !== undefined && account === undefined && !isNumber(user)) cannot(`there is no user ${user}`);
  const uid = account?.uid ?? (user === undefined ? undefined : Number(user));
  const gid = group === undefined ? account?.gid : gidOf(group);
  if (uid !== undefined && gid === undefined)
    cannot(`user ${user} is a bare number, so that its group has to be given`);
  const unchanged =
    (uid ?? process.geteuid?.()) === process.geteuid?.() && (gid ?? process.getegid?.()) === process.getegid?.();
  if (unchanged) return [];
  if (uid !== undefined) argv.push(`--reuid=${uid}`);
  if (gid !== undefined) argv.push(`--regid=${gid}`);
  argv.push(account === undefined ? '--clear-groups' : '--init-groups');
  return argv;
}

function gidOf(group: string): number {
  const known = lookupGroup(group)?.gid;
  if (known !== undefined) return known;
  return isNumber(group) ? Number(group) : cannot(`there is no group ${group}`);
}

function cannot(reason: string): never {
  throw new PjError('PJ5062', { what: 'the process', reason });
}
