import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { MachineDisk } from '../machine.ts';

/** What two disks have in common that are one, whatever paths lead there: links, other names, nodes of one device. */
export const whereIs = ({ key, file }: Pick<MachineDisk, 'key' | 'file'>): string =>
  file === undefined ? key : placeOf(file);

/** The same for two paths of one file, also of one that is still to be made. */
export function placeOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return `file:${realOf(file)}`;
  return found.isBlockDevice() ? `device:${found.rdev}` : `inode:${found.dev}:${found.ino}`;
}

/** With no link in it, as far as it is there. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realOf(dirname(path)), basename(path));
  }
}
