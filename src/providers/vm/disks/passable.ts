import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { lookupGroup, lookupUser, type User } from '../../../os/accounts.ts';
import { run } from '../../../os/exec.ts';
import { readKernelFile } from '../../../os/kernel-file.ts';
import type { CallContext } from '../../contract.ts';
import type { DiskPlace } from './contract.ts';

/** Whom guests of libvirt's system connection run as on this host; undefined where that is root, or whoever runs pj. */
export function guestUser({ local, uri }: Pick<DiskPlace, 'local' | 'uri'>): User | undefined {
  if (!local || uri === undefined || !/\/system(\?|$)/.test(uri)) return undefined;
  let told: string | undefined;
  try {
    told = /^\s*user\s*=\s*"\+?([^"]+)"/m.exec(readFileSync('/etc/libvirt/qemu.conf', 'utf8'))?.[1];
  } catch {
    // Only root may read it; nearly nobody changes it.
  }
  const user = lookupUser(told ?? 'libvirt-qemu');
  return user?.uid === 0 ? undefined : user;
}

/** The first folder on the way to a path that a user cannot pass. */
export async function closedFolder(path: string, user: User, context: CallContext): Promise<string | undefined> {
  for (const folder of foldersTo(path)) {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    const bit = found.uid === user.uid ? 0o100 : isIn(user, found.gid) ? 0o010 : 0o001;
    if ((found.mode & bit) === 0 && !(await passesByList(folder, user, context))) return folder;
  }
  return undefined;
}

/** From the root on. */
function foldersTo(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [...foldersTo(folder), folder];
}

function isIn(user: User, gid: number): boolean {
  if (user.gid === gid) return true;
  const group = lookupGroup(String(gid))?.name;
  const line = (readKernelFile('/etc/group') ?? '').split('\n').find((one) => one.startsWith(`${group}:`));
  return line?.split(':')[3]?.split(',').includes(user.name) === true;
}

/** An access list may let in whom the mode does not; only root can try. */
async function passesByList(folder: string, { uid, gid }: User, { signal }: CallContext): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const as = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups'];
  const told = await run([...as, 'test', '-x', folder], { timeoutMs: 10_000, signal }).catch(() => undefined);
  return told?.code === 0;
}
