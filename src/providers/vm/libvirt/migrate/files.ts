import { basename, dirname } from 'node:path';
import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { CopiedFile } from '../../folder.ts';
import type { Virsh } from '../connection/virsh.ts';
import { fromXml, number, text } from '../xml/tree.ts';
import { type FolderPool, withPools } from './pools.ts';

/** A file that a machine needs: by its path, or as a volume of a pool. */
export type NeededFile = { path: string } | { pool: string; volume: string };

/** What the destination has at that place: the very same file, another one, nothing, or no such place. */
export type SeenFile = { is: 'same' | 'other' | 'absent'; capacity: number; format: string } | { reason: string };

/** How the files that a machine uses here are seen there. */
export async function compareFiles(
  from: Virsh,
  to: Virsh,
  files: readonly NeededFile[],
  doing: Doing,
  context: CallContext,
): Promise<SeenFile[]> {
  if (files.length === 0) return [];
  const folders = files.flatMap((file) => ('path' in file ? [dirname(file.path)] : []));
  return withPools(from, folders, doing, context, (here) =>
    withPools(to, folders, doing, context, async (there) => {
      const seen: SeenFile[] = [];
      for (const file of files) {
        const [source, destination] = [volumeOf(file, here), volumeOf(file, there)];
        if ('reason' in source) seen.push({ reason: `${source.reason} at ${from.uri}` });
        else if ('reason' in destination) seen.push({ reason: `${destination.reason} at ${to.uri}` });
        else if ('pool' in file && (await to.ask(['pool-info', file.pool], doing, context)) === undefined)
          seen.push({ reason: `there is no pool ${file.pool} at ${to.uri}` });
        else seen.push(await compare({ virsh: from, argv: source.argv }, { virsh: to, argv: destination.argv }));
      }
      return seen;
    }),
  );

  /** A file is the same where it was changed last at the same instant, to the nanosecond; while a guest writes to it, between two looks at it. */
  async function compare(source: Asked, destination: Asked): Promise<SeenFile> {
    const before = await look(source, doing, context);
    const other = await look(destination, doing, context);
    const after = await look(source, doing, context);
    if (before === undefined || after === undefined) return { reason: `it is not there at ${from.uri}` };
    const { capacity, format } = after;
    if (other === undefined) return { is: 'absent', capacity, format };
    const within = before.changed <= other.changed && other.changed <= after.changed;
    return { is: within ? 'same' : 'other', capacity, format };
  }
}

/** Which of these files of the destination's are there; undefined where that cannot be told. */
export async function haveFiles(
  virsh: Virsh,
  paths: readonly string[],
  doing: Doing,
  context: CallContext,
): Promise<(boolean | undefined)[]> {
  if (paths.length === 0) return [];
  return withPools(virsh, paths.map(dirname), doing, context, async (pools) => {
    const answers: (boolean | undefined)[] = [];
    for (const path of paths) {
      const volume = volumeOf({ path }, pools);
      if ('reason' in volume) answers.push(/no folder/.test(volume.reason) ? false : undefined);
      else answers.push((await look({ virsh, argv: volume.argv }, doing, context)) !== undefined);
    }
    return answers;
  });
}

/** Makes the empty files that disks are copied into. */
export function makeCopies(
  virsh: Virsh,
  copies: readonly (CopiedFile & { capacity: number; format: string })[],
  doing: Doing,
  context: CallContext,
): Promise<void> {
  return withPools(virsh, foldersOf(copies), doing, context, async (pools) => {
    for (const copy of copies) {
      const argv = ['vol-create-as', poolOf(copy, pools), copy.name, String(copy.capacity), '--format', copy.format];
      await virsh.call([...argv, ...(copy.format === 'raw' ? ['--allocation', '0'] : [])], doing, context);
    }
  });
}

/** Removes what a migration that did not come to its end has made. */
export function removeCopies(
  virsh: Virsh,
  copies: readonly CopiedFile[],
  doing: Doing,
  context: CallContext,
): Promise<void> {
  return withPools(virsh, foldersOf(copies), doing, context, async (pools) => {
    for (const copy of copies)
      await virsh.ask(['vol-delete', copy.name, '--pool', poolOf(copy, pools)], doing, context);
  });
}

export const copyOf = (file: NeededFile): CopiedFile =>
  'path' in file ? { folder: dirname(file.path), name: basename(file.path) } : { pool: file.pool, name: file.volume };

const foldersOf = (copies: readonly CopiedFile[]): string[] => copies.flatMap(({ folder }) => folder ?? []);

function poolOf({ pool, folder = '' }: CopiedFile, pools: ReadonlyMap<string, FolderPool>): string {
  const found = pools.get(folder);
  return pool ?? (found !== undefined && 'pool' in found ? found.pool : '');
}

interface Asked {
  virsh: Virsh;
  argv: string[];
}

function volumeOf(file: NeededFile, pools: ReadonlyMap<string, FolderPool>): { argv: string[] } | { reason: string } {
  if ('pool' in file) return { argv: ['vol-dumpxml', file.volume, '--pool', file.pool] };
  const found = pools.get(dirname(file.path)) ?? { reason: 'it was not looked at' };
  return 'reason' in found ? found : { argv: ['vol-dumpxml', basename(file.path), '--pool', found.pool] };
}

async function look(
  { virsh, argv }: Asked,
  doing: Doing,
  context: CallContext,
): Promise<{ changed: bigint; capacity: number; format: string } | undefined> {
  const volume = fromXml((await virsh.ask(argv, doing, context)) ?? '');
  if (volume === undefined) return undefined;
  const [seconds = '0', nanos = ''] = (text(volume, 'volume', 'target', 'timestamps', 'ctime') ?? '').split('.');
  return {
    changed: BigInt(seconds) * 1_000_000_000n + BigInt(nanos.padEnd(9, '0')),
    capacity: number(volume, 'volume', 'capacity') ?? 0,
    format: text(volume, 'volume', 'target', 'format', '@type') ?? 'raw',
  };
}
