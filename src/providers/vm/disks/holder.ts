import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { readCmdline } from '../../../os/proc-files.ts';

/** Whether the QEMU of the machine with that uuid has a file open; false where that cannot be seen. */
export function isHeldBy(uuid: string, file: string): boolean {
  const path = realpathSync(file);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readCmdline(Number(name)).includes(uuid))
    .some((pid) => filesOf(pid).includes(path));
}

function filesOf(pid: string): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((fd) => linkOf(`${folder}/${fd}`));
  } catch {
    return []; // It has ended, or is of another user.
  }
}

function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return []; // Closed meanwhile.
  }
}
