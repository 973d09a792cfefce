import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PjError } from '../../../../errors.ts';
import { containerName } from '../../../../model/container-spec.ts';
import { isJob, type Spec } from '../../../../model/spec.ts';
import { crashPoint } from '../../../../os/crash-point.ts';
import { errno } from '../../../../os/kernel-file.ts';
import type { CallContext, Target } from '../../../contract.ts';
import { marksOf } from '../../../marks.ts';
import { ownerOf } from '../../api/owner.ts';
import type { Doing, Lxc } from '../engine.ts';
import { type Marks, writeMarks } from '../marks-file.ts';
import type { Given } from '../network/nets.ts';
import { filesOf, unfinishedOf } from '../place.ts';
import { chooseNets } from './attach-nets.ts';
import { configOf } from './config.ts';
import { type ConfigLine, configText, parseConfig } from './config-text.ts';
import { makeMountPoints } from './mount-points.ts';
import { unpack } from './root-fs.ts';
import { hasUserNamespace, isSystem } from './security.ts';
import type { ContainerFacts, SeenContainer } from './seen-container.ts';

/**
 * Makes a container in a folder beside, its marks first, and renames it when it is whole: what a kill leaves is known for whose it is, and never
 * taken for a container.
 */
export async function makeContainer(lxc: Lxc, target: Target, dir: string, doing: Doing, context: CallContext) {
  const { identity, spec, specDigest } = target;
  const name = containerName(identity.project, identity.id, identity.generation);
  const image = spec.container?.image ?? '';
  const folder = unfinishedOf(lxc.place.containers, name);
  mkdirSync(lxc.place.containers, { recursive: true, mode: 0o711 });
  // What root in a container makes (setuid!) is not for the users of this host to run. Its own users come through where they are others.
  mkdirSync(folder, { mode: hasUserNamespace(spec) ? 0o711 : 0o700 });
  if (hasUserNamespace(spec)) letThrough(lxc, spec);
  const made = filesOf(folder);
  const labels = { ...spec.container?.labels, ...marksOf(identity, specDigest) };
  writeMarks<ContainerFacts>(made.marks, { labels, facts: { image, nets: [] } });
  crashPoint('lxc-marked');
  const base = await unpack(lxc, { image, dir, folder, name }, doing, context);
  crashPoint('lxc-unpacked');
  const nets = await chooseNets(lxc, name, spec, doing, context);
  const marks = { labels, facts: { image, nets, job: isJob(spec), system: isSystem(spec) } };
  mkdirSync(made.own, { recursive: true, mode: 0o711 });
  for (const [i, volume] of (spec.volumes ?? []).entries())
    if (volume.name === undefined && ['ephemeral', 'persistent'].includes(volume.type))
      mkdirSync(join(made.volumes, String(i)), { recursive: true, mode: 0o755 });
  writeFileSync(made.base, configText(base), { mode: 0o600 });
  writeConfig(lxc, folder, { name, target, dir, nets, base, marks });
  try {
    renameSync(folder, join(lxc.place.containers, name));
  } catch (thrown) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errno(thrown) ?? '')) throw thrown;
    throw nameTaken(name, identity.id, undefined);
  }
  crashPoint('lxc-renamed');
}

/** Opens the folders of volumes for a container's own users. */
function letThrough({ place }: Lxc, { volumes = [] }: Spec): void {
  for (const { name } of volumes) {
    const dir = name === undefined ? '' : join(place.volumes, name);
    if (existsSync(dir)) chmodSync(dir, 0o711);
  }
}

/** Writes the configuration and the marks of a container. */
export function writeConfig(
  lxc: Lxc,
  folder: string,
  of: {
    name: string;
    target: Target;
    dir: string;
    nets: readonly Given[];
    base: readonly ConfigLine[];
    marks: Marks<ContainerFacts>;
  },
): void {
  const { name, target, dir, nets, base, marks } = of;
  const files = filesOf(folder);
  const lines = configOf({
    lxc,
    name,
    id: target.identity.id,
    spec: target.spec,
    dir,
    nets,
    base,
    rootfs: files.rootfs,
  });
  makeMountPoints(files.rootfs, lines);
  const about = `# Made by pj for ${target.identity.id} of the project ${target.identity.project}; its marks are in marks.json.\n`;
  writeFileSync(files.config, about + configText(lines), { mode: 0o600 });
  writeMarks(files.marks, marks);
}

/** The config lines that a container's image has brought. */
export const baseOf = (text: string): ConfigLine[] => parseConfig(text);

/** The error for a name that another container has. */
export function nameTaken(name: string, id: string, by: SeenContainer | undefined): PjError {
  const advice = `Rename or remove that container, or take it over with \`pj import ${id} ${name}\`.`;
  const owner = ownerOf(by?.marks?.labels);
  return new PjError('PJ5404', { what: 'container', name, id, owner }, { advice });
}
