import { isDeepStrictEqual } from 'node:util';
import { PjError } from '../../../errors.ts';
import { isLeaf } from '../../../model/template.ts';
import type { Finding } from '../../contract.ts';
import type { MachineDisk } from '../machine.ts';
import { checkFile } from './check-file.ts';
import { type Checking, foreignSize, madeFrom, SIZE, type TellDisk } from './compare.ts';
import { placeOf, whereIs } from './same.ts';

/** What is wrong with the disks of one machine. Those that it has already, as they are to be, are not looked at. */
export async function checkDisks(checking: Checking): Promise<Finding[]> {
  const { machine, before, made } = checking;
  const findings: Finding[] = [];
  for (const [i, disk] of machine.disks.entries()) {
    const tell: TellDisk = (key, message, hint, severity = 'error') =>
      void findings.push({ severity, path: `/vm/disks/${i}${key === '' ? '' : `/${key}`}`, message, hint });
    // What is not known yet cannot be looked at.
    if ([disk.path, disk.pool, disk.volume, disk.format, disk.size, disk.baseImage].some(isLeaf)) continue;
    shared(checking, i, disk, tell);
    const had = before?.disks.find(({ key }) => key === disk.key);
    if (had !== undefined && isDeepStrictEqual(openly(had), openly(disk))) continue;
    if (disk.encryption !== undefined && disk.base !== undefined && disk.file === undefined)
      tell('encryption', 'pj makes no encrypted volume with a base image', 'Take one of the two away.');
    if (disk.format === 'raw' && disk.base !== undefined)
      tell('baseImage', 'a raw disk has no base image', 'Use qcow2.');
    const own = had !== undefined || (before === undefined && made);
    if (disk.file !== undefined) await checkFile(checking, disk, disk.file, own, tell);
    else await checkVolume(checking, disk, tell);
  }
  return findings;
}

/** Of a passphrase nobody but the image can tell whether it is the same. */
const openly = (disk: MachineDisk) => ({ ...disk, encryption: disk.encryption !== undefined });

/** Two that write to one disk ruin it, and so does who writes to what others are based on. */
function shared({ machine, others = [] }: Checking, index: number, disk: MachineDisk, tell: TellDisk): void {
  const where = disk.file === undefined ? 'volume' : 'path';
  const place = whereIs(disk);
  const base = disk.base === undefined ? undefined : placeOf(disk.base);
  if (machine.disks.findIndex((one) => whereIs(one) === place) < index)
    tell(where, 'it is a disk of this machine already', 'Give each disk a path of its own.');
  for (const other of others) {
    if (other.machine.uuid === machine.uuid) continue;
    const same = other.machine.disks.find((one) => whereIs(one) === place);
    if (same !== undefined && !(same.readOnly === true && disk.readOnly === true))
      tell(where, `${other.id} uses it too`, 'Give each a disk of its own, or say readOnly on both.');
    if (base !== undefined && other.machine.disks.some((one) => whereIs(one) === base && one.readOnly !== true))
      tell('baseImage', `${other.id} writes to it`, 'Make it readOnly there, or base this disk on a copy.');
  }
}

async function checkVolume(checking: Checking, disk: MachineDisk, tell: TellDisk): Promise<void> {
  const { place, ledger, context } = checking;
  if (place.pools === undefined) return tell('pool', 'only libvirt has storage pools', 'Use a `path`, or libvirt.');
  if (disk.pool === undefined || disk.volume === undefined) return;
  try {
    const there = await place.pools.volume(disk.pool, disk.volume, context);
    if (there === undefined) {
      if (disk.size === undefined && disk.base === undefined)
        tell('volume', `the pool ${disk.pool} has no volume ${disk.volume}`, SIZE);
      return;
    }
    const entry = ledger.get(disk.key);
    if (there.format !== disk.format && !(entry?.encrypted === true))
      tell('format', `the volume is ${there.format}, not ${disk.format}`, `Say format: ${there.format}.`);
    if (entry === undefined) foreignSize(disk, there.size, tell);
    else madeFrom(disk, entry, tell);
  } catch (thrown) {
    if (!(thrown instanceof PjError)) throw thrown;
    tell('pool', thrown.message, thrown.advice ?? thrown.hint);
  }
}
