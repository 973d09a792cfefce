import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { fsyncFolder, writeFileAtomic } from '../../../os/atomic-file.ts';
import { pathIn } from '../machine.ts';
import type { DiskPlace } from './contract.ts';

/** What pj knows of one disk that it has made or begun to make. It outlives the machine, as the disk does. No sensitive value is in it. */
export interface DiskEntry {
  version: 1;
  /** Relative to the project where it lies in there, so that both can move together. */
  path?: string;
  pool?: string;
  volume?: string;
  uri?: string;
  format: string;
  /** Bytes. */
  size: number;
  /** Absolute path of the backing file. */
  base?: string;
  encrypted: boolean;
  /** Which machine it was made for. */
  for: { id: string; uuid: string };
  madeAt: string;
  /** What tells the file from any other that will ever stand in its place; absent until it is made. */
  mark?: string;
  /** The file that it is made in, while it is made. Of volumes: their own name. */
  unfinished?: string;
}

/** The entries of a project, one small file a disk. */
export interface Ledger {
  get(key: string): DiskEntry | undefined;
  all(): { key: string; entry: DiskEntry }[];
  put(key: string, entry: DiskEntry): void;
  drop(key: string): void;
  /** Takes away files that a kill left half-written. */
  sweep(): void;
}

/** The ledger of the disks at a place. */
export function openLedger({ dir, uri }: DiskPlace): Ledger {
  const folder = join(dir, '.pj', 'vms', 'disks');
  const fileOf = (key: string): string => {
    const [, path] = /^file:(.*)$/s.exec(key) ?? [];
    const name = path === undefined ? `${key} ${uri ?? ''}` : `file:${pathFor(dir, path)}`;
    return join(folder, `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.json`);
  };
  return {
    get: (key) => readEntry(fileOf(key)),
    all: () =>
      namesIn(folder).flatMap((name) => {
        const entry = readEntry(join(folder, name));
        return entry === undefined || (entry.path === undefined && entry.uri !== uri)
          ? []
          : [{ key: keyOf(entry, dir), entry }];
      }),
    put(key, entry) {
      mkdirSync(folder, { recursive: true, mode: 0o711 });
      writeFileAtomic(fileOf(key), `${JSON.stringify(entry, undefined, 2)}\n`, { sole: true });
    },
    drop(key) {
      const file = fileOf(key);
      rmSync(file, { force: true });
      if (namesIn(folder).length > 0) fsyncFolder(folder);
    },
    sweep() {
      if (!existsSync(folder)) return;
      for (const name of readdirSync(folder))
        if (/^\.[0-9a-f]{32}\.json\..*\.tmp$/.test(name)) rmSync(join(folder, name), { force: true });
    },
  };
}

/** The way that the ledger writes a path. */
export function pathFor(dir: string, file: string): string {
  const inside = relative(dir, file);
  return inside.startsWith('..') || isAbsolute(inside) ? file : inside;
}

const keyOf = ({ path, pool, volume }: DiskEntry, dir: string): string =>
  path === undefined ? `pool:${pool ?? ''}/${volume ?? ''}` : `file:${pathIn(dir, path)}`;

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[0-9a-f]{32}\.json$/.test(name));
  } catch {
    return []; // None was made here yet.
  }
}

function readEntry(file: string): DiskEntry | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DiskEntry;
  } catch {
    return undefined;
  }
}

/** What tells a file from every other: inode numbers are used again, moments are not. Undefined where there is none. */
export function markOf(path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.birthtimeNs > 0n ? `${found.ino}@${found.birthtimeNs}` : `${found.dev}:${found.ino}`;
}
