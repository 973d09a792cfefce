import { statSync } from 'node:fs';
import type { Spec } from '../model/spec.ts';
import { isLeaf } from '../model/template.ts';
import type { CgroupHost } from '../os/cgroup.ts';
import { isAlive } from '../os/identity.ts';
import type { Sighting } from './calls.ts';
import type { Binary, Entry } from './entry.ts';
import { cgroupOf, heldLimits } from './limits.ts';

/** Tells one content of a file from another by device, inode, size and time of change; null where the file is not there. */
export function stampOf(path: string): string | null {
  try {
    const stat = statSync(path, { bigint: true });
    return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`;
  } catch {
    return null;
  }
}

/** The file that a command is started from, as it is now; null where it is not there, and where its name may not be written down. */
export function binaryOf(path: string, stored: Spec): Binary | null {
  const stamp = isLeaf(stored.native?.command) ? null : stampOf(path);
  return stamp === null ? null : { path, stamp };
}

/** An entry checked against the kernel. Changes nothing. */
export function sight(entry: Entry, host: CgroupHost, watched: boolean): Sighting {
  const alive = entry.process !== null && isAlive(entry.process);
  return {
    entry,
    alive,
    pid: alive ? (entry.process?.pid ?? null) : null,
    limits: alive ? heldLimits(cgroupOf(host, entry.home), entry) : {},
    stampNow: entry.binary === null ? null : stampOf(entry.binary.path),
    watched,
  };
}
