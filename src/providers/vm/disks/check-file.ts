import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  realpathSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errno } from '../../../os/kernel-file.ts';
import type { MachineDisk } from '../machine.ts';
import { type Checking, foreignSize, MEND, madeFrom, SIZE, type TellDisk } from './compare.ts';
import { ownEntry } from './files.ts';
import { isHeldBy } from './holder.ts';
import { pathFor } from './ledger.ts';
import { closedFolder, guestUser } from './passable.ts';
import { type ImageInfo, imageFormat, imageInfo, type Unread } from './qemu-img.ts';

const INSTALL = 'Install it: apt-get install qemu-utils';

/** What is wrong with a disk that is a file of this host, or is to become one. `own`: the machine has it already. */
export async function checkFile(
  checking: Checking,
  disk: MachineDisk,
  file: string,
  own: boolean,
  tell: TellDisk,
): Promise<void> {
  if (pathFor(checking.place.dir, file).startsWith('.pj/'))
    return tell('path', 'what lies in .pj comes and goes with what pj keeps there', 'Choose a path outside of it.');
  const makes = disk.size !== undefined || disk.base !== undefined;
  if (!checking.place.local) {
    if (makes)
      tell('path', 'pj makes no files on another host', 'Use `pool` and `volume`, or make it there and say no `size`.');
    return;
  }
  const found = statSync(file, { throwIfNoEntry: false });
  if (found !== undefined) await checkThere(checking, disk, file, found, own, tell);
  else if (lstatSync(file, { throwIfNoEntry: false }) !== undefined)
    tell('path', 'it is a link that leads nowhere', MEND);
  else if (!makes) tell('path', `${file} is not there`, SIZE);
  else await checkNew(checking, disk, file, tell);
  await passable(checking, file, 'path', tell);
}

async function checkThere(
  checking: Checking,
  disk: MachineDisk,
  file: string,
  found: Stats,
  own: boolean,
  tell: TellDisk,
): Promise<void> {
  if (found.isBlockDevice()) {
    if (disk.format !== 'raw') tell('format', 'it is a block device, whose content is the disk', 'Say format: raw.');
    if (disk.readOnly !== true && !own && isTaken(file))
      tell(
        'path',
        'this host uses it: it is mounted, swap, or part of another device',
        'Unmount it, or choose another.',
      );
    for (const key of ['size', 'baseImage'] as const)
      if (disk[key] !== undefined) tell(key, 'pj neither makes nor resizes block devices', 'Take it away.');
    return;
  }
  if (!found.isFile()) return tell('path', `${file} is ${found.isDirectory() ? 'a folder' : 'no file'}`, MEND);
  if (disk.readOnly !== true) writable(checking, file, tell);
  const look = (shared: boolean) => imageInfo(file, shared, checking.context);
  const first = await look(own || disk.readOnly === true);
  // An update that was killed, or failed half-way, has plugged it in.
  const info = 'locked' in first && first.locked && isHeldBy(checking.machine.uuid, file) ? await look(true) : first;
  if ('reason' in info) return unread(info, file, 'path', tell);
  const entry = ownEntry(checking.ledger, disk.key, file);
  if (entry === undefined) {
    foreignSize(disk, info.size, tell);
    foreignBase(disk, info, tell);
  } else madeFrom(disk, { ...entry, size: Math.max(entry.size, info.size) }, tell);
  if (entry?.format !== disk.format && entry !== undefined) return;
  const declared = imageFormat(disk);
  if (info.format !== declared)
    tell('format', `it is ${info.format}, not ${declared}`, `Say format: ${info.format}, or correct its path.`);
  else if (entry === undefined && info.encrypted !== (disk.encryption !== undefined))
    tell('encryption', `it is ${info.encrypted ? '' : 'not '}encrypted`, 'Say so, or correct its path.');
}

/** The kernel gives nobody a device for himself that it uses, nor one that such a part lies on. */
function isTaken(device: string): boolean {
  try {
    closeSync(openSync(device, constants.O_RDONLY | constants.O_EXCL));
    return false;
  } catch (thrown) {
    return errno(thrown) === 'EBUSY';
  }
}

function unread({ locked, missing, reason }: Unread, file: string, key: string, tell: TellDisk): void {
  if (missing) tell(key, 'qemu-img, which is needed for disks, is not there', INSTALL);
  else if (locked)
    tell(key, `${file} is in use by another machine`, 'Give this one a disk of its own, or stop that one.');
  else tell(key, reason, MEND);
}

function foreignBase({ base }: MachineDisk, { backing }: ImageInfo, tell: TellDisk): void {
  if (base === undefined || (backing !== undefined && real(backing) === real(base))) return;
  const message = `it is there, ${backing === undefined ? 'without a base image' : `based on ${backing}`}, and pj has not made it`;
  tell('baseImage', message, 'Take `baseImage` away, or give it a new path.');
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

async function checkNew(checking: Checking, disk: MachineDisk, file: string, tell: TellDisk): Promise<void> {
  const { place, context } = checking;
  if (!existsSync(dirname(file)) && pathFor(place.dir, dirname(file)) === dirname(file))
    tell('path', `the folder ${dirname(file)} is not there`, 'Make it, or correct the path.');
  const near = nearest(dirname(file));
  try {
    accessSync(near, constants.W_OK | constants.X_OK);
    if (!statSync(near).isDirectory()) tell('path', `${near} is no folder`, MEND);
  } catch (thrown) {
    tell('path', `it cannot be made in ${near}: ${WHY[errno(thrown) ?? ''] ?? String(thrown)}`, MEND);
  }
  const { bavail, bsize } = statfsSync(near);
  if (disk.size !== undefined && disk.size > bavail * bsize)
    tell('size', `${near} has room for ${mib(bavail * bsize)} now, less than the disk may grow to`, ROOM, 'warning');
  if (disk.base === undefined) {
    // Asked of what is surely there: whether the program is.
    const info = await imageInfo('/dev/null', true, context);
    if ('reason' in info && info.missing) unread(info, file, 'path', tell);
    return;
  }
  await checkBase(checking, disk, disk.base, tell);
}

async function checkBase(checking: Checking, disk: MachineDisk, base: string, tell: TellDisk): Promise<void> {
  const found = statSync(base, { throwIfNoEntry: false });
  if (found?.isFile() !== true && found?.isBlockDevice() !== true)
    return tell(
      'baseImage',
      `${base} is ${found === undefined ? 'not there' : 'no image'}`,
      'Correct its path; it is relative to the project.',
    );
  await passable(checking, base, 'baseImage', tell);
  const info = await imageInfo(base, true, checking.context);
  if ('reason' in info) return unread(info, base, 'baseImage', tell);
  if (info.encrypted) tell('baseImage', 'it is encrypted, and has a passphrase of its own', 'Use one that is not.');
  if (disk.size !== undefined && disk.size < info.size)
    tell('size', `its base image is larger: ${mib(info.size)}`, 'Give it that size at least, or none.');
}

const ROOM = 'Nothing fails until the guest has filled it. Make room in time.';
const WHY: Record<string, string> = { EACCES: 'permission denied', EROFS: 'its file system is read-only' };
const mib = (size: number): string => `${Math.floor(size / 2 ** 20)} MiB`;

const nearest = (folder: string): string => (existsSync(folder) ? folder : nearest(dirname(folder)));

/** libvirt's system connection takes what its user may not write, and gives it to that one. */
function writable({ place }: Checking, file: string, tell: TellDisk): void {
  try {
    accessSync(file, constants.W_OK);
  } catch (thrown) {
    const code = errno(thrown) ?? '';
    if (place.uri === undefined || code === 'EROFS')
      tell('path', `${file} cannot be written to: ${WHY[code] ?? code}`, 'Say readOnly, or let this user write to it.');
  }
}

async function passable({ place, context }: Checking, file: string, key: string, tell: TellDisk): Promise<void> {
  const user = guestUser(place);
  const folder = user === undefined ? undefined : await closedFolder(real(file), user, context);
  if (user === undefined || folder === undefined) return;
  tell(key, `${user.name}, whom libvirt runs guests as, cannot pass ${folder}`, `Let it: chmod o+x ${folder}`);
}
