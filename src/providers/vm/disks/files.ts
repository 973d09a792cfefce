import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PjError } from '../../../errors.ts';
import { fsyncFile, fsyncFolder } from '../../../os/atomic-file.ts';
import { crashPoint } from '../../../os/crash-point.ts';
import { errno } from '../../../os/kernel-file.ts';
import type { CallContext } from '../../contract.ts';
import { type Machine, type MachineDisk, pathIn } from '../machine.ts';
import type { DiskPlace, Doing } from './contract.ts';
import { type DiskEntry, type Ledger, markOf, pathFor } from './ledger.ts';
import { createImage, imageInfo, NO_SPACE, resizeImage } from './qemu-img.ts';
import { placeOf } from './same.ts';

/** What is at hand to make one disk. */
export interface Making {
  place: DiskPlace;
  ledger: Ledger;
  machine: Machine;
  /** As it was before, where there is such. */
  before?: Machine | undefined;
  doing: Doing;
  context: CallContext;
}

/** A disk as the descriptor calls it. */
export const nameOf = ({ path, pool, volume }: MachineDisk): string => path ?? `${pool ?? ''}/${volume ?? ''}`;

/** Whole sectors, as images are. */
export const sectors = (size: number): number => Math.ceil(size / 512) * 512;

export function refuse({ doing }: Pick<Making, 'doing'>, disk: MachineDisk, reason: string, cause?: unknown): never {
  const code = NO_SPACE.test(reason) ? 'PJ5508' : 'PJ5507';
  throw new PjError(code, { disk: nameOf(disk), id: doing.id, reason }, cause === undefined ? {} : { cause });
}

/** The size and the base of a disk that is to be made. */
export async function planOf(
  making: Making,
  disk: MachineDisk,
): Promise<{ size: number; base?: { path: string; format: string } }> {
  if (disk.base === undefined) {
    if (disk.size === undefined) refuse(making, disk, 'it is not there, and has no `size` to be made with');
    return { size: sectors(disk.size) };
  }
  if (disk.format === 'raw') refuse(making, disk, 'a raw disk has no base image');
  if (!existsSync(disk.base)) refuse(making, disk, `its base image ${disk.base} is not there`);
  const info = await imageInfo(disk.base, true, making.context);
  if ('reason' in info) refuse(making, disk, `its base image ${disk.base}: ${info.reason}`);
  const size = sectors(disk.size ?? info.size);
  if (size < info.size) refuse(making, disk, `its base image ${disk.base} is larger (${info.size} bytes)`);
  return { size, base: { path: disk.base, format: info.format } };
}

/** The entry of a disk that is begun. */
export const entryOf = (
  { place, machine, doing }: Making,
  disk: MachineDisk,
  size: number,
): Omit<DiskEntry, 'unfinished'> => ({
  version: 1,
  ...(disk.file === undefined
    ? {
        ...(disk.pool === undefined ? {} : { pool: disk.pool }),
        ...(disk.volume === undefined ? {} : { volume: disk.volume }),
        ...(place.uri === undefined ? {} : { uri: place.uri }),
      }
    : { path: pathFor(place.dir, disk.file) }),
  format: disk.format,
  size,
  ...(disk.base === undefined ? {} : { base: disk.base }),
  encrypted: disk.encryption !== undefined,
  for: { id: doing.id, uuid: machine.uuid },
  madeAt: new Date().toISOString(),
});

/** Makes the image of a disk at its path, or has one that is there grow. */
export async function makeFile(making: Making, disk: MachineDisk, file: string): Promise<void> {
  const { ledger } = making;
  if (!making.place.local) return;
  mend(ledger, making.place.dir, disk.key);
  if (existsSync(file)) return growFile(making, disk, file);
  if (isLost(making, disk))
    refuse(making, disk, 'it is gone: is its file system mounted? pj makes no empty one in its place');
  const { size, base } = await planOf(making, disk);
  makeFolder(making, disk, dirname(file));
  const unfinished = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.pj`);
  const begun = entryOf(making, disk, size);
  const inProject = pathFor(making.place.dir, unfinished);
  making.context.progress(`making the disk ${nameOf(disk)}`);
  ledger.put(disk.key, { ...begun, unfinished: inProject });
  crashPoint('vm-disk-begun');
  try {
    const reason = await createImage(unfinished, disk, { size, base }, making.context);
    if (reason !== undefined) refuse(making, disk, reason);
    // Only the engine's user is to read a guest's data; libvirt gives it to that one.
    chmodSync(unfinished, 0o600);
    fsyncFile(unfinished);
    const mark = markOf(unfinished);
    const done = { ...begun, ...(mark === undefined ? {} : { mark }) };
    ledger.put(disk.key, { ...done, unfinished: inProject });
    crashPoint('vm-disk-made');
    // Fails where somebody was quicker: nothing is ever written over.
    linkSync(unfinished, file);
    crashPoint('vm-disk-linked');
    rmSync(unfinished);
    fsyncFolder(dirname(file));
    ledger.put(disk.key, done);
  } catch (thrown) {
    mend(ledger, making.place.dir, disk.key);
    const code = thrown instanceof PjError ? undefined : errno(thrown);
    if (code === undefined) throw thrown;
    refuse(making, disk, CODES[code] ?? code, thrown);
  }
}

/** Of the machine that has it: an empty disk in its place would look like one that lost all that was on it. */
const isLost = ({ ledger, before }: Making, { key }: MachineDisk): boolean =>
  before?.disks.some((had) => had.key === key) === true && ledger.get(key)?.mark !== undefined;

const CODES: Record<string, string> = {
  EEXIST: 'something else was put there meanwhile, or a link stands there that leads nowhere',
  ENOSPC: 'No space left on device',
  EDQUOT: 'Disk quota exceeded',
  EACCES: 'permission denied',
  EPERM: 'its file system has no hard links, or lets nobody write there',
  EROFS: 'its file system is read-only',
};

/** Ends what a kill has left half-way: the unfinished file goes, and the entry too unless the disk itself is there. */
export function mend(ledger: Ledger, dir: string, key: string): void {
  const entry = ledger.get(key);
  if (entry?.unfinished === undefined || entry.path === undefined) return;
  const { unfinished, ...done } = entry;
  rmSync(pathIn(dir, unfinished), { force: true });
  if (entry.mark !== undefined && markOf(pathIn(dir, entry.path)) === entry.mark) ledger.put(key, done);
  else ledger.drop(key);
}

/** Folders within the project are made; engines may pass through. */
function makeFolder(making: Making, disk: MachineDisk, folder: string): void {
  const { dir } = making.place;
  if (existsSync(folder)) return;
  if (pathFor(dir, folder) === folder) refuse(making, disk, `the folder ${folder} is not there`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o711 });
  } catch (thrown) {
    refuse(making, disk, `the folder ${folder} cannot be made: ${errno(thrown) ?? String(thrown)}`, thrown);
  }
}

/** Only what pj has made itself grows, and never shrinks. */
async function growFile(making: Making, disk: MachineDisk, file: string): Promise<void> {
  const { ledger, context } = making;
  const entry = ownEntry(ledger, disk.key, file);
  const size = sectors(disk.size ?? 0);
  if (entry === undefined || size <= entry.size) return;
  const info = await imageInfo(file, true, context);
  if ('reason' in info) refuse(making, disk, info.reason);
  if (info.size < size) {
    const reason = await resizeImage(file, disk, size, context);
    // Whoever runs the guest has it grow.
    if (reason === 'locked') return;
    if (reason !== undefined) refuse(making, disk, reason);
    fsyncFile(file);
  }
  ledger.put(disk.key, { ...entry, size });
}

/** The entry of the file that is there; undefined where pj has not made that one. */
export function ownEntry(ledger: Ledger, key: string, file: string): DiskEntry | undefined {
  const entry = ledger.get(key);
  return entry?.mark !== undefined && entry.mark === markOf(file) ? entry : undefined;
}

/** Removes the file of a disk that pj has made; any other stays. */
export async function removeFile(making: Making, disk: MachineDisk, file: string): Promise<void> {
  const { ledger, place, context } = making;
  if (!place.local) return;
  mend(ledger, place.dir, disk.key);
  if (ownEntry(ledger, disk.key, file) !== undefined) {
    const user = ledger
      .all()
      .find(
        ({ entry }) => entry.base !== undefined && placeOf(entry.base) === placeOf(file) && isThere(entry, place.dir),
      );
    if (user !== undefined) refuse(making, disk, `${user.entry.path ?? user.entry.volume ?? ''} is based on it`);
    const info = await imageInfo(file, false, context);
    if ('reason' in info && info.locked) refuse(making, disk, 'it is in use by a QEMU process, so that it was kept');
    rmSync(file, { force: true });
    fsyncFolder(dirname(file));
    crashPoint('vm-disk-removed');
  }
  ledger.drop(disk.key);
}

const isThere = ({ path }: DiskEntry, dir: string): boolean => path === undefined || existsSync(pathIn(dir, path));
