import type { CallContext, EngineSnapshot } from '../../contract.ts';
import { type ImageSnapshot, imageInfo } from '../disks/qemu-img.ts';
import type { Machine, MachineDisk } from '../machine.ts';
import type { SnapshotNotes } from '../snapshot-notes.ts';
import { keptDisks } from '../snapshot-rules.ts';
import { refused } from './workshop.ts';

/** A disk that a snapshot of its machine is in. */
export type KeptDisk = MachineDisk & { file: string };

/** The snapshots that each of these disks has. */
export interface SnapshotImages {
  images: { disk: KeptDisk; snapshots: ImageSnapshot[] }[];
}

/** The disks of a machine that its snapshots are in. */
export const withFiles = (machine: Machine): KeptDisk[] =>
  keptDisks(machine).flatMap((disk) => (disk.file === undefined ? [] : [{ ...disk, file: disk.file }]));

/** Throws PJ5505 where a disk cannot be read. */
export async function imagesOf(id: string, disks: readonly KeptDisk[], context: CallContext): Promise<SnapshotImages> {
  const images = await Promise.all(
    disks.map(async (disk) => {
      // What QEMU writes of snapshots is in the file at once, also while it runs.
      const info = await imageInfo(disk.file, true, context);
      if ('reason' in info) throw refused(id, 'read the snapshots of', info.reason);
      return { disk, snapshots: info.snapshots };
    }),
  );
  return { images };
}

/** The disks that have that snapshot. */
export const holding = (images: SnapshotImages['images'], name: string): KeptDisk[] =>
  images.flatMap(({ disk, snapshots }) => (snapshots.some((one) => one.name === name) ? [disk] : []));

/** Those that are in all disks, oldest first. */
export function listSnapshots(images: SnapshotImages['images'], notes: SnapshotNotes): EngineSnapshot[] {
  const [first] = images;
  const whole = (first?.snapshots ?? []).filter(({ name }) => holding(images, name).length === images.length);
  return whole
    .map(({ name, at, memory }): EngineSnapshot => {
      const known = notes.snapshots[name];
      return {
        name,
        createdAt: at,
        memory,
        status: known?.status ?? (memory ? 'running' : 'stopped'),
        current: notes.current === name,
        ...(known?.parent === undefined ? {} : { parent: known.parent }),
        ...(known?.description === undefined ? {} : { description: known.description }),
      };
    })
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}
