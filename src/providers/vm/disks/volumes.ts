import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crashPoint } from '../../../os/crash-point.ts';
import type { MachineDisk } from '../machine.ts';
import type { Pools, PoolVolume } from './contract.ts';
import { entryOf, type Making, nameOf, planOf, refuse, sectors } from './files.ts';
import { type DiskEntry, markOf } from './ledger.ts';
import { createImage } from './qemu-img.ts';

/** Makes the volume of a disk in its pool, or has one that is there grow. */
export async function makeVolume(making: Making, disk: MachineDisk): Promise<void> {
  const { ledger, context } = making;
  const { pools, pool, volume } = poolOf(making, disk);
  const there = await pools.volume(pool, volume, context);
  const entry = ledger.get(disk.key);
  if (there !== undefined) {
    const own = entry === undefined ? undefined : ownVolume(making, entry, there);
    if (own?.unfinished !== undefined) await finish(making, disk, pools, own);
    else if (own !== undefined) await growVolume(making, disk, pools, own);
    return;
  }
  const { size, base } = await volumePlan(making, disk);
  const begun = entryOf(making, disk, size);
  context.progress(`making the disk ${nameOf(disk)}`);
  ledger.put(disk.key, { ...begun, unfinished: volume });
  crashPoint('vm-disk-begun');
  const how = { size, format: disk.format, ...(base === undefined ? {} : { backing: base }) };
  await pools.make(pool, volume, how, context);
  crashPoint('vm-disk-made');
  await finish(making, disk, pools, begun);
}

async function finish(making: Making, disk: MachineDisk, pools: Pools, begun: DiskEntry): Promise<void> {
  if (disk.encryption !== undefined) await encrypt(making, disk, pools, begun.size);
  const made = await pools.volume(disk.pool ?? '', disk.volume ?? '', making.context);
  const mark = made === undefined ? undefined : volumeMark(making, made.path);
  const { unfinished: _, ...done } = begun;
  making.ledger.put(disk.key, { ...done, ...(mark === undefined ? {} : { mark }) });
}

async function growVolume(making: Making, disk: MachineDisk, pools: Pools, own: DiskEntry): Promise<void> {
  const size = sectors(disk.size ?? 0);
  if (size <= own.size) return;
  if (disk.encryption !== undefined) refuse(making, disk, 'an encrypted volume of a pool cannot grow');
  const there = await pools.volume(disk.pool ?? '', disk.volume ?? '', making.context);
  if (there !== undefined && there.size < size)
    await pools.grow(disk.pool ?? '', disk.volume ?? '', size, making.context);
  making.ledger.put(disk.key, { ...own, size });
}

/** libvirt would write the passphrase into its own files, so that pj makes the image and hands it over. */
async function encrypt(making: Making, disk: MachineDisk, pools: Pools, size: number): Promise<void> {
  const { place, machine, context } = making;
  const file = join(place.dir, '.pj', 'vms', 'disks', `${machine.uuid}-${disk.target}.pj`);
  try {
    const reason = await createImage(file, disk, { size }, context);
    if (reason !== undefined) refuse(making, disk, reason);
    await pools.upload(disk.pool ?? '', disk.volume ?? '', file, context);
  } finally {
    rmSync(file, { force: true });
  }
}

async function volumePlan(making: Making, disk: MachineDisk): ReturnType<typeof planOf> {
  // Files of another host cannot be asked; what a base image there is, is the user's word.
  if (making.place.local || disk.base === undefined) return planOf(making, disk);
  if (disk.size === undefined) refuse(making, disk, 'on another host it needs a `size` besides its base image');
  return { size: sectors(disk.size), base: { path: disk.base, format: 'qcow2' } };
}

/** The entry of the volume that is there; undefined where pj has not made that one. */
function ownVolume(making: Making, entry: DiskEntry, there: PoolVolume): DiskEntry | undefined {
  if (entry.unfinished === undefined) {
    const mark = volumeMark(making, there.path);
    return mark === undefined || entry.mark === undefined || mark === entry.mark ? entry : undefined;
  }
  // A run was killed between: it is the one that was begun, or somebody else's.
  const same = there.size === entry.size && there.format === entry.format;
  return same && making.place.local && bornSince(there.path, Date.parse(entry.madeAt)) ? entry : undefined;
}

/** Devices of the host get other inodes each time it starts. */
const volumeMark = ({ place }: Making, path: string): string | undefined =>
  place.local && statSync(path, { throwIfNoEntry: false })?.isFile() === true ? markOf(path) : undefined;

const bornSince = (path: string, ms: number): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.birthtimeMs ?? 0) >= ms;

/** Removes the volume of a disk that pj has made; any other stays. */
export async function removeVolume(making: Making, disk: MachineDisk): Promise<void> {
  const { ledger, context } = making;
  const entry = ledger.get(disk.key);
  if (entry === undefined) return;
  const { pools, pool, volume } = poolOf(making, disk);
  const there = await pools.volume(pool, volume, context);
  if (there !== undefined && ownVolume(making, entry, there) !== undefined) {
    await pools.remove(pool, volume, context);
    crashPoint('vm-disk-removed');
  }
  ledger.drop(disk.key);
}

function poolOf(making: Making, disk: MachineDisk): { pools: Pools; pool: string; volume: string } {
  const { pools } = making.place;
  if (pools === undefined || disk.pool === undefined || disk.volume === undefined)
    refuse(making, disk, 'only libvirt has storage pools');
  return { pools, pool: disk.pool, volume: disk.volume };
}
