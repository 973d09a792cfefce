import { existsSync, readdirSync, statSync } from 'node:fs';
import { errno, readKernelFile } from '../../../../os/kernel-file.ts';
import type { ApiEngine } from '../connection/engine.ts';

const ROOT = '/sys/fs/cgroup';

/** What the kernel lets an engine of this host limit. No call: it is read from the kernel's files. */
export interface EngineCgroups {
  version: 'v1' | 'v2';
  controllers: Set<string>;
  /** Why some are not there, for people. */
  reason: string;
}

/** Undefined for an engine elsewhere. */
export function engineCgroups(engine: ApiEngine): EngineCgroups | undefined {
  if (!engine.local) return undefined;
  const uid = ownerOf(engine);
  const version = existsSync(`${ROOT}/cgroup.controllers`) ? 'v2' : 'v1';
  if (uid !== undefined && uid !== 0) return delegated(uid, version);
  const reason = `the kernel of this host has no such controller in ${ROOT}`;
  if (version === 'v2') return { version, controllers: words(`${ROOT}/cgroup.controllers`), reason };
  const mounted = namesIn(ROOT).flatMap((folder) => folder.split(','));
  return { version, controllers: new Set(mounted), reason };
}

/** Whose engine it is, by its socket; undefined where that cannot be told. */
function ownerOf({ label }: ApiEngine): number | undefined {
  const socket = /\(unix:\/\/(.+)\)$/.exec(label)?.[1];
  return socket === undefined ? undefined : statSync(socket, { throwIfNoEntry: false })?.uid;
}

/** Without root there is what systemd has handed on to that user; of v1 that is nothing. */
function delegated(uid: number, version: EngineCgroups['version']): EngineCgroups {
  if (version === 'v1')
    return { version, controllers: new Set(), reason: 'an engine without root can limit nothing with cgroup v1' };
  const controllers = words(`${ROOT}/user.slice/user-${uid}.slice/user@${uid}.service/cgroup.controllers`);
  return { version, controllers, reason: `it runs without root, and the controller is not delegated to user ${uid}` };
}

/** Whether groups below the root have a file: those that weigh groups against each other are not there at the top. */
export function groupsHave(controller: string, file: string): boolean {
  return namesIn(`${ROOT}/${controller}`).some((group) => existsSync(`${ROOT}/${controller}/${group}/${file}`));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((one) =>
      one.isDirectory() || one.isSymbolicLink() ? [one.name] : [],
    );
  } catch (thrown) {
    if (errno(thrown) === undefined) throw thrown;
    return [];
  }
}

const words = (file: string): Set<string> => new Set((readKernelFile(file) ?? '').trim().split(/\s+/));
