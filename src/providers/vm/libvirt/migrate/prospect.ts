import { isDeepStrictEqual } from 'node:util';
import type { Pointer } from '../../../../model/json.ts';
import type { CopiedFile } from '../../folder.ts';
import type { Machine } from '../../machine.ts';
import { all, one, text, type Xml } from '../xml/tree.ts';
import { compareFiles, copyOf, haveFiles, type NeededFile } from './files.ts';
import { hostAgainst, type Way } from './hosts.ts';

/** A disk that the destination has not, and that is copied there. */
export type Copy = CopiedFile & { target: string; capacity: number; format: string };

/** Something that stands against a migration. */
export interface Obstacle {
  path: Pointer;
  message: string;
  hint: string;
}

/** What a migration would be. */
export interface Prospect {
  obstacles: Obstacle[];
  copies: Copy[];
}

/** A disk of a domain. */
interface Disk {
  file: NeededFile;
  target: string;
  format: string;
  encrypted: boolean;
  /** The files that it is based on. */
  bases: string[];
}

const SHARE = 'Put it on storage that both hosts see under that path, or leave the machine where it is.';

/**
 * Looks at both hosts for what a migration needs: the same machine and processor, every file. `machine`: as it is now. `begun`: copies that a
 * killed run has left half-made there, which are made anew.
 */
export async function prospectOf(way: Way, machine: Machine, begun: readonly CopiedFile[] = []): Promise<Prospect> {
  const { to, seen, doing, context } = way;
  const obstacles: Obstacle[] = [];
  const against = (message: string, hint: string, path: Pointer = '/vm/host'): void =>
    void obstacles.push({ path, message, hint });
  const domain = seen.live ?? seen.config;
  if (all(one(domain, 'devices'), 'hostdev').length > 0)
    against('a device of its host is passed through to it', 'Take `gpu` away first.');
  const unlike = await hostAgainst(way);
  if (unlike !== undefined) against(`${to.uri} cannot run it on: ${unlike}`, 'Choose a host that is like its own.');
  if (!to.local && machine.cards.some(({ kind }) => kind === 'user'))
    against('its ports are forwarded to 127.0.0.1 of its host', 'Use a bridge or a network, and no `ports`.');
  if (seen.live === undefined && text(seen.config, 'os', '@firmware') === 'efi')
    against('it is off, and its UEFI variables stay where it is', 'Start it first.');
  const named = await to.ask(['domuuid', seen.name], doing, context);
  if (named !== undefined && named.trim() !== seen.uuid)
    against(`there is another domain ${seen.name} at ${to.uri}`, 'Rename or undefine that one.', '/name');
  const copies = await lookAtDisks(way, machine, domain, begun, against);
  const others = (['kernel', 'initrd'] as const).flatMap((key) => {
    const path = text(domain, 'os', key);
    return path === undefined ? [] : [{ key: key as string, path }];
  });
  for (const path of discsIn(domain)) others.push({ key: 'cdrom', path });
  const paths = others.map(({ path }) => path);
  const have = await haveFiles(to, paths, doing, context);
  for (const [i, { key, path }] of others.entries())
    if (have[i] === false) against(`${path} is not at ${to.uri}`, SHARE, `/vm/${key}`);
  return { obstacles, copies };
}

/** Disks are used where they are, or copied; what they are based on is the same file, too. */
async function lookAtDisks(
  way: Way,
  machine: Machine,
  domain: Xml,
  begun: readonly CopiedFile[],
  against: (message: string, hint: string) => void,
): Promise<Copy[]> {
  const { from, to, seen, doing, context } = way;
  const copies: Copy[] = [];
  const bases: string[] = [];
  const disks = disksOf(domain, machine);
  const compare = (files: NeededFile[]) => compareFiles(from, to, files, doing, context);
  const compared = await compare(disks.map(({ file }) => file));
  for (const [i, found] of compared.entries()) {
    const disk = disks[i];
    if (disk === undefined) continue;
    const name = 'path' in disk.file ? disk.file.path : `${disk.file.pool}/${disk.file.volume}`;
    if ('reason' in found) against(`${name}: ${found.reason}`, SHARE);
    else if (found.is === 'same') bases.push(...disk.bases);
    else if (found.is === 'other' && !begun.some((copy) => isDeepStrictEqual(copy, copyOf(disk.file))))
      against(`another ${name} is at ${to.uri}, which pj does not touch`, 'Remove that one, or choose another host.');
    else if (seen.live === undefined)
      against(`${name} is not at ${to.uri}, and only disks of a machine that runs are copied`, SHARE);
    else if (disk.encrypted) against(`${name} is not at ${to.uri}, and an encrypted disk is not copied`, SHARE);
    else {
      const { target, format } = disk;
      copies.push({ ...copyOf(disk.file), target, format, capacity: found.capacity });
    }
  }
  for (const [i, found] of (await compare(bases.map((path) => ({ path })))).entries()) {
    const name = bases[i] ?? '';
    if ('reason' in found) against(`the base image ${name}: ${found.reason}`, SHARE);
    else if (found.is !== 'same') against(`the base image ${name} is not at ${to.uri}`, SHARE);
  }
  return copies;
}

function disksOf(domain: Xml, machine: Machine): Disk[] {
  return all(one(domain, 'devices'), 'disk')
    .filter((disk) => (text(disk, '@device') ?? 'disk') === 'disk')
    .flatMap((disk) => {
      const at = (name: string): string => text(disk, 'source', `@${name}`) ?? '';
      const file: NeededFile =
        text(disk, '@type') === 'volume' ? { pool: at('pool'), volume: at('volume') } : { path: at('file') };
      const target = text(disk, 'target', '@dev') ?? '';
      const known = machine.disks.find((one) => one.target === target)?.base;
      const bases = new Set([...chainOf(one(disk, 'backingStore')), ...(known === undefined ? [] : [known])]);
      const format = text(disk, 'driver', '@type') ?? 'raw';
      return [{ file, target, format, encrypted: one(disk, 'source', 'encryption') !== undefined, bases: [...bases] }];
    });
}

function chainOf(store: Xml | undefined): string[] {
  const path = text(store, 'source', '@file');
  return path === undefined ? [] : [path, ...chainOf(one(store, 'backingStore'))];
}

const discsIn = (domain: Xml): string[] =>
  all(one(domain, 'devices'), 'disk').flatMap((disk) =>
    text(disk, '@device') === 'cdrom' ? (text(disk, 'source', '@file') ?? []) : [],
  );
