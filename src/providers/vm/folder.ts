import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../model/json.ts';
import type { Identity } from '../../model/record.ts';
import type { VmRuntimeName } from '../../model/vm-spec.ts';
import { fsyncFolder, writeFileAtomic } from '../../os/atomic-file.ts';

/**
 * What pj keeps on this host of one machine, in `.pj/vms/UUID/`. It is made before anything else of the machine and goes after everything else
 * of it, so that what a kill leaves half-way is found by it. No sensitive value is in it.
 */
export interface FolderRecord {
  version: 1;
  identity: Identity;
  runtime: VmRuntimeName;
  /** The connection that it is on; qemu has none. */
  uri?: string;
  /** It is being migrated there. `copies`: files that are made there for it. */
  moving?: { to: string; copies: CopiedFile[] };
  name: string;
  /** Keyed digest of the spec that it was made from. */
  specDigest: string;
  /** Fixed addresses that it has, or is about to have, in the DHCP of networks: libvirt cannot tell whose they are. */
  reservations?: { network: string; mac: string }[];
  /** False until all of it is made. */
  whole: boolean;
}

/** A volume that a migration makes at its destination: of a pool, or the file of a folder. */
export type CopiedFile = { pool?: string; folder?: string; name: string };

/** The files of one machine. */
export const filesOf = (folder: string) => ({
  record: join(folder, 'machine.json'),
  /** What the guest writes to its serial console. */
  serial: join(folder, 'serial.log'),
  seed: join(folder, 'seed.iso'),
  /** UEFI variables, where the runtime does not keep them itself. */
  nvram: join(folder, 'nvram.fd'),
  /** What is known of its snapshots besides what is in its disks. */
  snapshots: join(folder, 'snapshots.json'),
});

/** The folder of all machines of a project. */
const placeOf = (dir: string): string => join(dir, '.pj', 'vms');

/** The folder of the machine with that uuid; `handle.folder` says where it is for one that was made under another id. */
export function folderOf(dir: string, uuid: string, handle?: JsonObject | null): string {
  const told = handle?.['folder'];
  return join(placeOf(dir), typeof told === 'string' && /^[\w-]+$/.test(told) ? told : uuid);
}

/** Makes the folder where need be and writes its record. Engines may pass through (their users are others), and read what they are given. */
export function writeFolder(folder: string, record: FolderRecord): void {
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    for (const path of [folder, join(folder, '..'), join(folder, '../..')]) chmodSync(path, 0o711);
    fsyncFolder(join(folder, '..'));
  }
  writeFileAtomic(filesOf(folder).record, `${JSON.stringify(record, undefined, 2)}\n`, { sole: true });
}

/** Undefined where there is none, or none that can be read. */
export function readFolder(folder: string): FolderRecord | undefined {
  try {
    return JSON.parse(readFileSync(filesOf(folder).record, 'utf8')) as FolderRecord;
  } catch {
    return undefined;
  }
}

/** The records of all machines that pj has made, or begun to make, in this project. */
export function readFolders(dir: string): { folder: string; record: FolderRecord }[] {
  let names: string[];
  try {
    names = readdirSync(placeOf(dir));
  } catch {
    return []; // None was made here yet.
  }
  return names.flatMap((name) => {
    const folder = join(placeOf(dir), name);
    const record = readFolder(folder);
    return record === undefined ? [] : [{ folder, record }];
  });
}

/** The last that goes of a machine. */
export function removeFolder(folder: string): void {
  const { record } = filesOf(folder);
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (join(folder, name) !== record) rmSync(join(folder, name), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}
