import { existsSync, lstatSync, mkdirSync, readlinkSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { PjError } from '../errors.ts';
import type { Identity } from '../model/record.ts';
import type { Spec, Volume } from '../model/spec.ts';
import { keyOf } from './entry.ts';
import { workdirOf } from './workdir.ts';

/*
 * A native process has no file system of its own, so a volume is a folder that it is told of: PJ_VOLUME_NAME holds its path, and where the
 * volume's `path` is relative, a symbolic link of that name in the working directory leads there.
 */

const root = (project: string) => join(project, '.pj', 'volumes');

/** The name of a volume: its own, else made of its path; always good as the name of a folder. */
export function volumeName(volume: Volume): string {
  const safe = (volume.name ?? volume.path).replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[-.]+|-+$/g, '');
  return safe || 'volume';
}

/** Where a volume's data is. A persistent one is shared by all generations of the workload; an ephemeral one is of one instance. */
export function volumeDir(project: string, identity: Identity, volume: Volume): string {
  if (volume.type === 'bind') return resolve(project, volume.source ?? volume.path);
  const owner = volume.type === 'persistent' ? identity.id : keyOf(identity);
  return join(root(project), owner, volumeName(volume));
}

/** What the process is told: PJ_VOLUME_NAME for each, name in capitals with `_` for all but letters and digits. */
export function volumeEnv(project: string, identity: Identity, spec: Spec): Record<string, string> {
  const env: Record<string, string> = {};
  for (const volume of spec.volumes ?? []) {
    env[
      `PJ_VOLUME_${volumeName(volume)
        .toUpperCase()
        .replaceAll(/[^A-Z0-9]/g, '_')}`
    ] = volumeDir(project, identity, volume);
  }
  return env;
}

/** Makes folders and links; what is there already is fine. `own` gives a folder to the user that the process runs as. Throws PJ5307. */
export function makeVolumes(
  project: string,
  identity: Identity,
  spec: Spec,
  /** Undefined: only folders, no links yet. */
  workdir: string | undefined,
  own: (path: string) => void = () => undefined,
): void {
  for (const volume of spec.volumes ?? []) {
    const dir = volumeDir(project, identity, volume);
    const refuse = (reason: string, cause?: unknown): never => {
      throw new PjError('PJ5307', { volume: volumeName(volume), id: identity.id, reason }, { cause });
    };
    if (volume.type === 'tmpfs') refuse('a native process cannot have a tmpfs of its own; use an ephemeral volume');
    try {
      if (volume.type === 'bind') {
        if (lstatSync(dir, { throwIfNoEntry: false }) === undefined) refuse(`${dir} does not exist`);
      } else {
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        own(dir); // made by `create`, when nobody's yet
      }
      const link = workdir === undefined ? undefined : linkOf(volume, workdir);
      if (link === undefined || link === dir) continue;
      const there = lstatSync(link, { throwIfNoEntry: false });
      const leads = there?.isSymbolicLink() === true ? readlinkSync(link) : undefined;
      if (leads === dir) continue;
      const ours =
        leads !== undefined && (isOwn(project, identity.id, leads) || wasMoved(leads, relative(project, dir)));
      if (there !== undefined && !ours) {
        refuse(`something else stands at ${link}, where the link to it belongs`);
      }
      // A generation beside this one has its link there: the newer takes it.
      if (there !== undefined) rmSync(link);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(dir, link);
    } catch (error) {
      if (error instanceof PjError) throw error;
      refuse(error instanceof Error ? error.message : String(error), error);
    }
  }
}

/**
 * Removes the links and the ephemeral data of an instance, that of volumes which its spec does not name any more too; the persistent data where
 * `persistent` says so. Only links that still lead to the volume are removed. `shared`: another instance of the workload is there, so what it
 * uses stays.
 */
export function removeVolumes(
  project: string,
  identity: Identity,
  spec: Spec,
  options: { persistent: boolean; shared: boolean },
): void {
  if (!options.shared) removeLinks(project, identity, spec);
  const gone = (dir: string) => {
    rmSync(dir, { recursive: true, force: true });
    tidy(dirname(dir), dirname(root(project)));
  };
  gone(join(root(project), keyOf(identity)));
  if (!options.persistent || options.shared) return;
  for (const volume of spec.volumes ?? []) if (volume.type === 'persistent') gone(volumeDir(project, identity, volume));
}

/** Removes the links in the working directory that still lead to an instance's volumes. The next start makes them anew. */
export function removeLinks(project: string, identity: Identity, spec: Spec): void {
  const workdir = workdirOf(project, spec);
  if (workdir === undefined) return;
  for (const volume of spec.volumes ?? []) {
    const link = linkOf(volume, workdir);
    if (link !== undefined && leadsTo(link, volumeDir(project, identity, volume))) rmSync(link, { force: true });
  }
}

/** True for a link that leads to where the volume was before the project's folder was moved. */
function wasMoved(leads: string, volume: string): boolean {
  return !existsSync(leads) && leads.endsWith(`/${volume}`);
}

/** True for a place in a volume of this workload, of whatever generation. */
function isOwn(project: string, id: string, path: string): boolean {
  const [owner] = relative(root(project), path).split('/');
  return owner === id || (owner?.startsWith(`${id}@`) ?? false);
}

/** The link in the working directory, for a volume whose path is relative. */
export function linkOf(volume: Volume, workdir: string): string | undefined {
  return isAbsolute(volume.path) ? undefined : join(workdir, volume.path);
}

function leadsTo(link: string, dir: string): boolean {
  const there = lstatSync(link, { throwIfNoEntry: false });
  return there?.isSymbolicLink() === true && readlinkSync(link) === dir;
}

/** Removes empty folders upwards, up to but not including `stop`. */
function tidy(from: string, stop: string): void {
  for (let dir = from; dir !== stop && dir.startsWith(stop); dir = dirname(dir)) {
    try {
      rmdirSync(dir);
    } catch {
      return;
    }
  }
}
