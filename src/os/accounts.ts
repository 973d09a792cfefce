import { execFileSync } from 'node:child_process';
import { readKernelFile } from './kernel-file.ts';

export interface User {
  name: string;
  uid: number;
  gid: number;
  home: string;
  shell: string;
}

export interface Group {
  name: string;
  gid: number;
}

/** A user by name or number, from /etc/passwd, else from whatever else `getent` asks (LDAP, sssd); undefined when unknown. */
export function lookupUser(user: string): User | undefined {
  const fields = lookup('passwd', user);
  if (fields === undefined) return undefined;
  const [name = '', , uid = '', gid = '', , home = '/', shell = ''] = fields;
  return { name, uid: Number(uid), gid: Number(gid), home, shell };
}

/** A group by name or number; undefined when unknown. */
export function lookupGroup(group: string): Group | undefined {
  const fields = lookup('group', group);
  return fields === undefined ? undefined : { name: fields[0] ?? '', gid: Number(fields[2]) };
}

export const isNumber = (text: string): boolean => /^\d+$/.test(text);

function lookup(database: 'passwd' | 'group', wanted: string): string[] | undefined {
  // The name goes into no shell, but a line break or a colon could never be one.
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@+-]*\$?$/.test(wanted)) return undefined;
  const matches = (fields: string[]) => fields[0] === wanted || (isNumber(wanted) && fields[2] === wanted);
  const local = (readKernelFile(`/etc/${database}`) ?? '').split('\n').map((line) => line.split(':'));
  const found = local.find(matches);
  if (found !== undefined) return found;
  if (!asksOthers(database)) return undefined;
  try {
    const line = execFileSync('getent', [database, wanted], {
      encoding: 'utf8',
      timeout: 5_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return line.trim().split(':');
  } catch {
    // Exit 2: not known. No getent: only the files can be asked.
    return undefined;
  }
}

/** Whether this host looks anywhere but into the files: spares a process where it does not. */
function asksOthers(database: string): boolean {
  const line = (readKernelFile('/etc/nsswitch.conf') ?? '').split('\n').find((l) => l.startsWith(`${database}:`));
  const sources =
    line
      ?.slice(database.length + 1)
      .trim()
      .split(/\s+/) ?? [];
  return sources.some((source) => /^[a-z]/.test(source) && source !== 'files' && source !== 'compat');
}
