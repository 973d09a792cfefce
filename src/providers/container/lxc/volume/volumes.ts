import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PjError } from '../../../../errors.ts';
import type { VolumeSpec } from '../../../../model/container-spec.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { Observed } from '../../../../model/observed.ts';
import type { Identity, WorkloadRecord } from '../../../../model/record.ts';
import { crashPoint } from '../../../../os/crash-point.ts';
import type { Found, Made, Target } from '../../../contract.ts';
import { identityOf, MARK, marksOf } from '../../../marks.ts';
import { ownerOf, takenBy } from '../../api/owner.ts';
import { refuseForeignUsers } from '../../api/users.ts';
import type { Things } from '../../runtime.ts';
import type { LxcContext } from '../context.ts';
import type { Lxc } from '../engine.ts';
import { writeMarks, writeNewMarks } from '../marks-file.ts';
import { removeTree } from '../remove.ts';
import { usersOf } from '../users.ts';
import { checkVolumes, volumeFields } from './check.ts';
import { fileOf, type SeenVolume, seeVolume, seeVolumes } from './seen-volume.ts';

/**
 * Volumes on LXC: a folder of this host, with a file that says whose it is. One belongs to the state whose lineage its marks bear: what a destroy
 * has kept is taken up again by whoever of that state has the name next.
 */
export function volumeThings({ open }: LxcContext): Things {
  const must = (lxc: Lxc, target: Target, action: string): Made => {
    const { id } = target.identity;
    const { name } = specOf(target);
    const seen = seeVolume(lxc, name);
    if (seen !== undefined && (isExternal(target) || isOwn(seen, target.identity))) return madeOf(seen, target);
    if (seen !== undefined) throw taken(seen, id);
    if (isExternal(target)) throw new PjError('PJ5412', { what: 'volume', name, id, engine: lxc.label });
    throw new PjError('PJ5407', { engine: lxc.label, action, id, reason: `there is no volume ${name} of it` });
  };

  return {
    check: async (workloads, context, state) => checkVolumes(await open(context), workloads, state),
    async find(identity, context, handle) {
      const seen = seeVolumes(await open(context)).find((one) => isFound(one, identity, handle ?? null));
      return seen === undefined ? undefined : foundOf(seen, handle);
    },
    async list({ lineage }, context) {
      return seeVolumes(await open(context)).flatMap((seen) => {
        const identity = identityOf(seen.marks.labels);
        return identity?.lineage === lineage ? [{ identity, found: foundOf(seen) }] : [];
      });
    },
    async read(records, context) {
      if (records.length === 0) return [];
      const lxc = await open(context);
      return records.map((record) => observedOf(record, lxc));
    },

    async create(target, context) {
      context.signal.throwIfAborted();
      const lxc = await open(context);
      if (isExternal(target)) return must(lxc, target, 'create');
      const { identity, specDigest } = target;
      const spec = specOf(target);
      const dir = join(lxc.place.volumes, spec.name);
      const labels = { ...spec.labels, ...marksOf(identity, specDigest), [MARK.volume]: spec.type ?? 'persistent' };
      // Root's only, until a container with users of its own mounts it: what has setuid in it would be anybody's to run.
      if (writeNewMarks(fileOf(dir), { labels, facts: {} })) chmodSync(dir, 0o700);
      crashPoint('lxc-volume-marked');
      const made = must(lxc, target, 'create');
      mkdirSync(join(dir, 'data'), { recursive: true, mode: 0o755 });
      return made;
    },
    async start(target, context) {
      context.signal.throwIfAborted();
      return must(await open(context), target, 'start');
    },
    stop: async () => undefined,
    async update(target, _paths, context) {
      const lxc = await open(context);
      const made = must(lxc, target, 'update');
      const seen = seeVolume(lxc, specOf(target).name);
      const type = target.spec.volume?.type;
      if (seen !== undefined && !isExternal(target) && type !== undefined)
        writeMarks(fileOf(seen.dir), { ...seen.marks, labels: { ...seen.marks.labels, [MARK.volume]: type } });
      return made;
    },

    async destroy(target, { destroyVolumes }, context) {
      if (isExternal(target)) return;
      const lxc = await open(context);
      const { id, lineage } = target.identity;
      const name = target.handle?.['name'] ?? target.spec.volume?.name;
      const seen =
        typeof name === 'string'
          ? seeVolume(lxc, name)
          : seeVolumes(lxc).find((one) => isFound(one, target.identity, null));
      if (seen === undefined || !isOwn(seen, target.identity)) return;
      if (isKept(target, seen) && !destroyVolumes) return;
      const users = usersOf(lxc, { folder: seen.dir });
      refuseForeignUsers(users, { what: 'volume', name: seen.name, id, lineage });
      const doing = { action: 'destroy', id };
      if (users.length > 0) {
        const reason = `it is used by ${users.map((user) => user.name).join(', ')}`;
        throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason });
      }
      await removeTree(lxc, seen.dir, doing, context);
    },

    async adopt({ identity, engineId, spec }, context) {
      const lxc = await open(context);
      const seen = seeVolume(lxc, engineId);
      const refuse = (reason: string): never => {
        throw new PjError('PJ5413', { engineId, id: identity.id, reason });
      };
      if (seen === undefined) return refuse('pj has made no volume of that name; mount other folders with type: bind');
      if (identityOf(seen.marks.labels)?.lineage !== identity.lineage)
        return refuse(`it belongs to ${ownerOf(seen.marks.labels)}`);
      const made = { handle: handleOf(seen), attributes: attributesOf(seen) };
      return { spec: { ...spec, volume: { runtime: 'lxc', ...spec?.volume, name: seen.name } }, made };
    },
  };
}

const specOf = ({ spec, handle }: Pick<Target, 'spec' | 'handle'>): VolumeSpec =>
  spec.volume ?? { name: String(handle?.['name'] ?? '') };

const isExternal = ({ spec, handle }: Pick<Target, 'spec' | 'handle'>): boolean =>
  spec.volume === undefined ? handle?.['external'] === true : spec.volume.external === true;

/** It belongs to this state, whichever of its workloads it was made for. */
const isOwn = (seen: SeenVolume, identity: Identity): boolean =>
  identityOf(seen.marks.labels)?.lineage === identity.lineage;

/** Made as this very instance; a later generation than that was kept by a destroy, after which counting has begun anew. */
function isFound(seen: SeenVolume, identity: Identity, handle: JsonObject | null): boolean {
  const owner = identityOf(seen.marks.labels);
  if (owner === undefined || owner.lineage !== identity.lineage) return false;
  return handle?.['name'] === seen.name || (owner.id === identity.id && owner.generation >= identity.generation);
}

/** Destroy leaves it where it is. */
function isKept({ spec }: Target, { marks }: SeenVolume): boolean {
  const type = spec.volume === undefined ? marks.labels[MARK.volume] : spec.volume.type;
  return type !== 'ephemeral';
}

const handleOf = ({ name }: SeenVolume): JsonObject => ({ runtime: 'lxc', name });

const attributesOf = ({ name, dir }: SeenVolume): JsonObject => ({
  name,
  engineId: name,
  driver: 'local',
  mountpoint: join(dir, 'data'),
});

const madeOf = (seen: SeenVolume, target: Target): Made => ({
  handle: { ...handleOf(seen), ...(isExternal(target) ? { external: true } : {}) },
  attributes: attributesOf(seen),
});

function foundOf(seen: SeenVolume, handle?: JsonObject | null): Found {
  const digest = seen.marks.labels[MARK.digest];
  return {
    name: seen.name,
    ...(seen.marks.labels[MARK.volume] === 'ephemeral' ? {} : { kept: true }),
    handle: { ...handle, ...handleOf(seen) },
    attributes: attributesOf(seen),
    status: 'running',
    whole: existsSync(join(seen.dir, 'data')),
    ...(digest === undefined ? {} : { specDigest: digest }),
  };
}

function observedOf({ id, spec, handle }: WorkloadRecord, lxc: Lxc): Observed {
  const seen = seeVolume(lxc, String(handle?.['name'] ?? ''));
  if (seen === undefined) return { id, status: 'gone', fields: {}, attributes: {}, handle: null };
  return {
    id,
    status: 'running',
    fields: volumeFields(spec.volume ?? { name: seen.name }, seen),
    attributes: attributesOf(seen),
    handle,
  };
}

const taken = (by: SeenVolume, id: string): PjError =>
  takenBy({ what: 'volume', name: by.name, id, owner: ownerOf(by.marks.labels) });
