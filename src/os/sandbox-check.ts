import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Json, JsonObject, Pointer } from '../model/json.ts';
import { pointer } from '../model/json.ts';
import { isLeaf, leavesOf } from '../model/template.ts';
import { isNumber, lookupGroup, lookupUser } from './accounts.ts';
import { capabilityName, ownCapabilities } from './capabilities.ts';
import { readKernelFile, readNumber } from './kernel-file.ts';
import { RLIMITS, readRlimit } from './rlimits.ts';
import { TOOL_PACKAGE, type ToolName, type Tools } from './tools.ts';

/** What cannot be done on this host; an error refuses the plan. The same shape as a provider's finding. */
export interface LaunchFinding {
  severity: 'error' | 'warning';
  /** Into the spec. */
  path: Pointer;
  message: string;
  hint?: string;
}

/** What else decides how a process is started. Templates may stand anywhere; they are looked at when they are known. */
export interface LaunchSettings {
  user?: Json | undefined;
  group?: Json | undefined;
  umask?: Json | undefined;
  rlimits?: Json | undefined;
  /** Absolute; relative writable paths are below it. */
  workdir?: string | undefined;
  /** Default: whether this process is root. */
  isRoot?: boolean | undefined;
}

const FLAGS = ['noNewPrivileges', 'readOnlyRoot', 'privateNetwork', 'privateTmp'] as const;
const LISTS = ['capabilities', 'writablePaths'] as const;
const IN_BWRAP = ['readOnlyRoot', 'privateNetwork', 'privateTmp'] as const;

/** Everything about `security`, user, group, umask and rlimits that this host cannot do, all at once. */
export function checkSecurity(
  security: JsonObject | undefined,
  tools: Tools,
  settings: LaunchSettings = {},
): LaunchFinding[] {
  const isRoot = settings.isRoot ?? process.geteuid?.() === 0;
  const findings: LaunchFinding[] = [];
  const add = (severity: LaunchFinding['severity'], path: Pointer, message: string, hint?: string) =>
    findings.push({ severity, path, message, ...(hint === undefined ? {} : { hint }) });
  const error: Report = (path, message, hint) => add('error', path, message, hint);
  const need = (tool: ToolName, path: Pointer, what: string) => {
    if (tools[tool] !== undefined) return;
    const name = tool === 'bwrap' ? 'bubblewrap' : tool;
    error(path, `${what} needs ${name}, which is not installed`, `apt-get install ${TOOL_PACKAGE[tool]}`);
  };

  const wanted = security ?? {};
  checkShape(wanted, error);
  for (const key of IN_BWRAP) {
    const path = pointer('security', key);
    if (wanted[key] !== true) continue;
    need('bwrap', path, key);
    need('env', path, key);
    need('setpriv', path, key);
    const reason = isRoot ? undefined : noUserNamespaces();
    if (reason !== undefined)
      error(path, `${key} needs root here: ${reason}`, 'Run pj as root, or allow user namespaces.');
  }
  if (wanted['noNewPrivileges'] === true) need('setpriv', '/security/noNewPrivileges', 'noNewPrivileges');
  if (wanted['noNewPrivileges'] === false && IN_BWRAP.some((key) => wanted[key] === true)) {
    error(
      '/security/noNewPrivileges',
      `noNewPrivileges cannot be false together with ${IN_BWRAP.filter((key) => wanted[key] === true).join(', ')}: bubblewrap always sets it`,
    );
  }
  checkCapabilities(wanted['capabilities'], isRoot, error, need);
  checkWritablePaths(wanted, settings.workdir, add);
  checkAccount(settings, isRoot, error, need);
  checkRlimits(settings.rlimits, error, need);
  const { umask } = settings;
  if (umask !== undefined && !isLeaf(umask) && !/^0?[0-7]{1,3}$/.test(String(umask))) {
    error(
      '/native/umask',
      `umask ${String(umask)} is not an octal number up to 777`,
      'Write it as a string, such as "027".',
    );
  }
  return findings;
}

type Report = (path: Pointer, message: string, hint?: string) => void;
type Need = (tool: ToolName, path: Pointer, what: string) => void;

function checkShape(security: JsonObject, error: Report): void {
  for (const [key, value] of Object.entries(security)) {
    const path = pointer('security', key);
    if (value === undefined || isLeaf(value)) continue;
    if (FLAGS.some((flag) => flag === key)) {
      if (typeof value !== 'boolean') error(path, `security.${key} is true or false`);
    } else if (LISTS.some((list) => list === key)) {
      const good = Array.isArray(value) && value.every((entry) => typeof entry === 'string' || isLeaf(entry));
      if (!good) error(path, `security.${key} is a list of strings`);
    } else {
      error(path, `security.${key} is not known for a native process`, `Known: ${[...FLAGS, ...LISTS].join(', ')}.`);
    }
  }
}

function checkCapabilities(wanted: Json | undefined, isRoot: boolean, error: Report, need: Need): void {
  if (!Array.isArray(wanted)) return;
  need('setpriv', '/security/capabilities', 'capabilities');
  if (!isRoot && wanted.length > 0) {
    error('/security/capabilities', 'only root can give capabilities', 'Run pj as root, or leave the list empty.');
    return;
  }
  const bounding = ownCapabilities('bounding');
  wanted.forEach((entry, index) => {
    if (typeof entry !== 'string') return;
    const path = pointer('security', 'capabilities', index);
    const name = capabilityName(entry);
    if (name === undefined) error(path, `${entry} is not a capability`, 'See capabilities(7) for the names.');
    else if (!bounding.has(name)) {
      error(path, `CAP_${name.toUpperCase()} was taken from pj itself, by the container or service that it runs in`);
    }
  });
}

function checkWritablePaths(
  security: JsonObject,
  workdir: string | undefined,
  add: (severity: 'error' | 'warning', path: Pointer, message: string, hint?: string) => void,
): void {
  const paths = security['writablePaths'];
  if (!Array.isArray(paths)) return;
  const hides = security['readOnlyRoot'] === true || security['privateTmp'] === true;
  if (!hides && paths.length > 0)
    add('warning', '/security/writablePaths', 'writablePaths does nothing without readOnlyRoot');
  paths.forEach((entry, index) => {
    if (typeof entry !== 'string' || (!isAbsolute(entry) && workdir === undefined)) return;
    const path = resolve(workdir ?? '/', entry);
    if (!existsSync(path)) {
      add(
        'warning',
        pointer('security', 'writablePaths', index),
        `${path} is not there (yet)`,
        'It has to be when the process starts.',
      );
    }
  });
}

function checkAccount({ user, group }: LaunchSettings, isRoot: boolean, error: Report, need: Need): void {
  let changes = false;
  if (typeof user === 'string' || typeof user === 'number') {
    const account = lookupUser(String(user));
    const uid = account?.uid ?? (isNumber(String(user)) ? Number(user) : undefined);
    if (uid === undefined) error('/native/user', `there is no user ${user} on this host`, `useradd --system ${user}`);
    else if (account === undefined && group === undefined) {
      error('/native/user', `there is no user with the number ${user}, so that its group has to be given`);
    }
    if (uid !== undefined && uid !== process.geteuid?.()) {
      changes = true;
      if (!isRoot)
        error('/native/user', `only root can start a process as ${user}`, 'Run pj as root, or leave user out.');
    }
  }
  if (typeof group === 'string' || typeof group === 'number') {
    const gid = lookupGroup(String(group))?.gid ?? (isNumber(String(group)) ? Number(group) : undefined);
    if (gid === undefined)
      error('/native/group', `there is no group ${group} on this host`, `groupadd --system ${group}`);
    else if (gid !== process.getegid?.()) {
      changes = true;
      if (!isRoot)
        error(
          '/native/group',
          `only root can start a process in group ${group}`,
          'Run pj as root, or leave group out.',
        );
    }
  }
  if (changes && isRoot) need('setpriv', user === undefined ? '/native/group' : '/native/user', 'another user');
}

function checkRlimits(rlimits: Json | undefined, error: Report, need: Need): void {
  if (typeof rlimits !== 'object' || rlimits === null || Array.isArray(rlimits) || isLeaf(rlimits)) return;
  const entries = Object.entries(rlimits).filter(([, value]) => value !== undefined && leavesOf(value).length === 0);
  if (Object.keys(rlimits).length > 0) need('prlimit', '/native/rlimits', 'rlimits');
  const mayRaise = ownCapabilities('effective').has('sys_resource');
  for (const [name, value] of entries) {
    const path = pointer('native', 'rlimits', name);
    const now = readRlimit(name);
    if (now === undefined) error(path, `${name} is not a resource limit`, `Known: ${Object.keys(RLIMITS).join(', ')}.`);
    else if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < -1) {
      error(path, `rlimit ${name} is a whole number of 0 or more, or -1 for unlimited`);
    } else if (!mayRaise && (value === -1 ? Number.POSITIVE_INFINITY : value) > now.hard) {
      const asked = value === -1 ? 'unlimited' : String(value);
      error(
        path,
        `rlimit ${name} of ${asked} is above the hard limit of ${now.hard}, which pj may not raise (no CAP_SYS_RESOURCE)`,
        'Lower it, or raise the hard limit of whatever starts pj.',
      );
    }
  }
}

/** Why this kernel lets nobody but root make namespaces; undefined when it does let them, as far as its switches tell. */
function noUserNamespaces(): string | undefined {
  if (readNumber('/proc/sys/kernel/unprivileged_userns_clone') === 0) return 'kernel.unprivileged_userns_clone is 0';
  if (readNumber('/proc/sys/user/max_user_namespaces') === 0) return 'user.max_user_namespaces is 0';
  if (readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === 1) {
    return 'AppArmor restricts user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1)';
  }
  return readKernelFile('/proc/self/uid_map') === undefined ? 'this kernel has no user namespaces' : undefined;
}
