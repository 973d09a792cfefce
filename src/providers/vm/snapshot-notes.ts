import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../model/json.ts';
import type { Observed } from '../../model/observed.ts';
import { writeFileAtomic } from '../../os/atomic-file.ts';
import { filesOf } from './folder.ts';

/** What pj knows of one snapshot that the disks do not keep. */
export interface SnapshotNote {
  /** Of the machine at that moment. */
  status: Observed['status'];
  parent?: string;
  description?: string;
  /** What the machine was built of: its memory goes into no other one. */
  hardware?: JsonObject;
}

/** What pj knows of the snapshots of one machine. The disks say which there are. */
export interface SnapshotNotes {
  version: 1;
  /** What the disks go on from. */
  current?: string;
  /** The disks are being brought back to it: some may be, others not. */
  reverting?: string;
  snapshots: Record<string, SnapshotNote>;
}

export function readNotes(folder: string): SnapshotNotes {
  try {
    return JSON.parse(readFileSync(filesOf(folder).snapshots, 'utf8')) as SnapshotNotes;
  } catch {
    return { version: 1, snapshots: {} };
  }
}

/** Takes up a change of what is known, whole or not at all. */
export function note(folder: string, change: (notes: SnapshotNotes) => SnapshotNotes): void {
  writeFileAtomic(filesOf(folder).snapshots, `${JSON.stringify(change(readNotes(folder)), undefined, 2)}\n`, {
    sole: true,
  });
}

/** One snapshot less: what came after it comes after the one before it. */
export function without({ current, snapshots, ...rest }: SnapshotNotes, name: string): SnapshotNotes {
  const { [name]: gone, ...others } = snapshots;
  const now = current === name ? gone?.parent : current;
  const kept = Object.entries(others).map(([key, { parent, ...one }]): [string, SnapshotNote] => {
    const from = parent === name ? gone?.parent : parent;
    return [key, { ...one, ...(from === undefined ? {} : { parent: from }) }];
  });
  return { ...rest, ...(now === undefined ? {} : { current: now }), snapshots: Object.fromEntries(kept) };
}
