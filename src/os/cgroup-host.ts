import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';

/** A resource that the kernel can hold a limit of, which is also the name of its controller. */
export type LimitedResource = 'cpu' | 'memory' | 'pids';

/** Where the kernel's cgroups are on this host and what they can hold. */
export interface CgroupHost {
  /** hybrid: limits through v1 controllers, tracking through an own v2 tree. */
  version: 'v1' | 'v2' | 'hybrid' | 'none';
  /** Groups can be made here: processes are tracked, frozen and killed through them. */
  writable: boolean;
  /** Limits that can be held. */
  controllers: Set<LimitedResource>;
  /** Why some or all limits cannot be held, for people. */
  reason?: string;
  /** The v2 folder below which groups are made (v2 and hybrid). */
  unified?: string;
  /** The v1 folders below which groups are made; `freezer` tracks where there is no v2 tree. */
  v1: Partial<Record<LimitedResource | 'freezer', string>>;
}

/** What detection reads; given in tests. */
export interface CgroupFacts {
  /** Text of /proc/self/mountinfo. */
  mountinfo?: string;
  /** Text of /proc/self/cgroup. */
  self?: string;
  isRoot?: boolean;
}

export const LIMITED: readonly LimitedResource[] = ['cpu', 'memory', 'pids'];

/**
 * Looks where cgroup controllers are mounted below `root` and whether groups can be made there. Makes and changes nothing.
 * Root makes its groups at the top of each tree, so that an agent started from anywhere finds them; anyone else in the topmost
 * folder above its own cgroup that was delegated to it.
 */
export function detectCgroups(root = '/sys/fs/cgroup', facts: CgroupFacts = {}): CgroupHost {
  const mounts = cgroupMounts(facts.mountinfo ?? readKernelFile('/proc/self/mountinfo') ?? '', root);
  const own = ownGroups(facts.self ?? readKernelFile('/proc/self/cgroup') ?? '');
  const isRoot = facts.isRoot ?? process.geteuid?.() === 0;
  const reasons: string[] = [];
  const host: CgroupHost = { version: 'none', writable: false, controllers: new Set(), v1: {} };

  const v2 = mounts.find((m) => m.type === 'cgroup2');
  for (const name of [...LIMITED, 'freezer'] as const) {
    const mount = mounts.find((m) => m.type === 'cgroup' && m.options.has(name));
    if (mount === undefined) continue;
    const base = placeFor(mount, own.get(name) ?? '/', isRoot);
    if (base !== undefined) host.v1[name] = base;
    else reasons.push(notWritable(mount.path, root, isRoot));
  }
  const hasV1 = mounts.some((m) => m.type === 'cgroup' && LIMITED.some((name) => m.options.has(name)));
  if (v2 !== undefined) {
    const base = placeFor(v2, own.get('') ?? '/', isRoot);
    if (base !== undefined) host.unified = base;
    else reasons.push(notWritable(v2.path, root, isRoot));
  }
  if (v2 === undefined && !hasV1) {
    return { ...host, reason: `no cgroup file system is mounted below ${root}` };
  }
  host.version = v2 === undefined ? 'v1' : hasV1 ? 'hybrid' : 'v2';

  if (host.version === 'v2') {
    if (host.unified !== undefined) delegated(host.unified, host.controllers, reasons);
  } else {
    for (const name of LIMITED) if (host.v1[name] !== undefined) host.controllers.add(name);
    for (const name of LIMITED) {
      if (!mounts.some((m) => m.options.has(name))) reasons.push(`the kernel has no ${name} controller mounted`);
    }
  }
  host.writable = host.unified !== undefined || tracker(host) !== undefined;
  if (reasons.length > 0) host.reason = [...new Set(reasons)].join('; ');
  return host;
}

/** The v1 tree that tracks processes where there is no v2 tree. */
export function tracker(host: CgroupHost): 'freezer' | LimitedResource | undefined {
  return (['freezer', 'pids', 'memory', 'cpu'] as const).find((name) => host.v1[name] !== undefined);
}

interface CgroupMount {
  type: string;
  path: string;
  /** Which cgroup is the top of this mount: not `/` inside a container without a cgroup namespace. */
  top: string;
  options: Set<string>;
  readOnly: boolean;
}

function cgroupMounts(mountinfo: string, root: string): CgroupMount[] {
  const found: CgroupMount[] = [];
  for (const line of mountinfo.split('\n')) {
    const [left, right] = line.split(' - ');
    const fields = left?.split(' ') ?? [];
    const [type, , superOptions] = right?.split(' ') ?? [];
    const path = unescapeMount(fields[4] ?? '');
    if ((type !== 'cgroup' && type !== 'cgroup2') || !(path === root || path.startsWith(`${root}/`))) continue;
    const mountOptions = new Set((fields[5] ?? '').split(','));
    found.push({
      type,
      path,
      top: unescapeMount(fields[3] ?? '/'),
      options: new Set((superOptions ?? '').split(',')),
      readOnly: mountOptions.has('ro') || (superOptions ?? '').split(',').includes('ro'),
    });
  }
  return found;
}

/** mountinfo writes blank, tab, newline and backslash as octal. */
const unescapeMount = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The cgroups of this process by controller; the empty name is v2. */
function ownGroups(text: string): Map<string, string> {
  const own = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match) for (const name of (match[1] ?? '').split(',')) own.set(name, match[2] ?? '/');
  }
  return own;
}

/** The folder of a mount below which this user can make groups and move processes. */
function placeFor(mount: CgroupMount, own: string, isRoot: boolean): string | undefined {
  if (mount.readOnly) return undefined;
  if (isRoot) return mayUse(mount.path) ? mount.path : undefined;
  const inside = own === mount.top ? '/' : own.startsWith(`${mount.top}/`) ? own.slice(mount.top.length) : own;
  let place: string | undefined;
  // To move a process one must be able to write the nearest folder above both places, so the chain may not break.
  for (let here = join(mount.path, inside); here.startsWith(mount.path); here = dirname(here)) {
    if (!existsSync(here)) return place;
    if (!mayUse(here)) return place;
    place = here;
  }
  return place;
}

function mayUse(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Which controllers a v2 folder can hand to the groups below it. */
function delegated(base: string, controllers: Set<LimitedResource>, reasons: string[]): void {
  const available = words(join(base, 'cgroup.controllers'));
  const enabled = words(join(base, 'cgroup.subtree_control'));
  // The kernel's own rule: a group that holds processes itself cannot hand controllers down, the real top aside (it has no cgroup.type).
  const busy =
    existsSync(join(base, 'cgroup.type')) && (readKernelFile(join(base, 'cgroup.procs')) ?? '').trim() !== '';
  for (const name of LIMITED) {
    if (!available.has(name)) reasons.push(`the ${name} controller is not delegated to ${base}`);
    else if (enabled.has(name)) controllers.add(name);
    else if (busy)
      reasons.push(`${base} holds processes of its own, so that it cannot hand ${name} to groups below it`);
    else if (!mayWrite(join(base, 'cgroup.subtree_control'))) {
      reasons.push(`${base}/cgroup.subtree_control may not be written`);
    } else controllers.add(name);
  }
}

function mayWrite(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const words = (file: string): Set<string> => new Set((readKernelFile(file) ?? '').trim().split(/\s+/));

const notWritable = (path: string, root: string, isRoot: boolean): string =>
  isRoot ? `${path} is not writable` : `not root, and no cgroup below ${root} is delegated to this user`;
