import type { CallContext, Finding } from '../../contract.ts';
import type { Machine, MachineDisk } from '../machine.ts';
import type { Around, DiskPlace } from './contract.ts';
import { sectors } from './files.ts';
import type { DiskEntry, Ledger } from './ledger.ts';

/** What is looked at together. */
export interface Checking extends Around {
  place: DiskPlace;
  ledger: Ledger;
  machine: Machine;
  made: boolean;
  context: CallContext;
}

/** Takes one finding of a disk: which of its keys is to blame, what, and what to do about it. */
export type TellDisk = (key: string, message: string, hint: string, severity?: Finding['severity']) => void;

export const MEND = 'Correct its path, or what stands there.';

export const SIZE = 'Give it a `size` (or a `baseImage`), and pj makes it.';
const KEPT = 'pj changes no disk that is there: give it a new path, or remove that one yourself.';

/** A disk that pj has made stays what it was made as. */
export function madeFrom(disk: MachineDisk, entry: DiskEntry, tell: TellDisk): void {
  if (entry.base !== disk.base)
    tell(
      'baseImage',
      entry.base === undefined ? 'it was made without a base image' : `it was made from ${entry.base}`,
      KEPT,
    );
  if (entry.format !== disk.format) tell('format', `it was made as ${entry.format}`, KEPT);
  if (entry.encrypted !== (disk.encryption !== undefined))
    tell('encryption', `it was made ${entry.encrypted ? 'with' : 'without'} encryption`, KEPT);
  if (disk.size !== undefined && sectors(disk.size) < entry.size)
    tell('size', `it has ${entry.size} bytes, and no disk shrinks`, KEPT);
}

/** A disk that pj has not made neither grows nor shrinks. */
export function foreignSize(disk: MachineDisk, size: number, tell: TellDisk): void {
  if (disk.size === undefined || sectors(disk.size) === size) return;
  const message = `it is there, with ${size} bytes, and pj has not made it: it is kept as it is`;
  tell('size', message, 'Take `size` away, or resize it yourself.');
}
