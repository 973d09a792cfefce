import { PjError } from '../../../../errors.ts';
import type { VolumeSpec } from '../../../../model/container-spec.ts';
import { equal, type JsonObject, type Pointer, at as valueAt } from '../../../../model/json.ts';
import type { Observed } from '../../../../model/observed.ts';
import type { Identity, WorkloadRecord } from '../../../../model/record.ts';
import type { CallContext, Found, Made, Target } from '../../../contract.ts';
import { identityOf, MARK } from '../../../marks.ts';
import type { RuntimeOptions, Things } from '../../runtime.ts';
import { engineInfo } from '../connection/drivers.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { recent } from '../connection/recent.ts';
import { lookups } from '../lookups.ts';
import { ownerOf, takenBy } from '../owner.ts';
import { namingUsers, refuseForeignUsers, usersOf } from '../users.ts';
import { createVolume, describeVolume, volumeAttributes, volumeFields } from './body.ts';
import { checkVolumes } from './check.ts';
import { fromEngine, type SeenVolume, seeVolume, seeVolumes } from './seen-volume.ts';

/**
 * Volumes on an engine that speaks Docker's API. One is known by its name and belongs to the state whose lineage its marks bear: what a destroy has
 * kept is taken up again by whoever of that state has the name next.
 */
export function volumeThings(open: (context: CallContext) => Promise<ApiEngine>, _options: RuntimeOptions): Things {
  const all = recent(async (context) => seeVolumes(await open(context), LISTING, context));
  const info = engineInfo(open);

  const mustBeThere = async (target: Target, action: string, context: CallContext): Promise<Made> => {
    const engine = await open(context);
    const { id } = target.identity;
    const { name } = specOf(target);
    const seen = await seeVolume(engine, { action, id }, name, context);
    if (seen !== undefined && (isExternal(target) || isOwn(seen, target.identity, target.handle)))
      return madeOf(seen, engine, target);
    if (seen !== undefined) throw taken(seen, id);
    if (isExternal(target)) throw new PjError('PJ5412', { what: 'volume', name, id, engine: engine.label });
    throw new PjError('PJ5407', { engine: engine.label, action, id, reason: `there is no volume ${name} of it` });
  };

  return {
    check: async (workloads, context, state) =>
      checkVolumes({ engine: await open(context), all: await all.get(context), info, workloads, state }, context),

    ...lookups({ open, all, isFound, foundOf, observedOf }),

    async create(target, context) {
      if (isExternal(target)) return mustBeThere(target, 'create', context);
      const engine = await open(context);
      const { identity, specDigest } = target;
      const spec = specOf(target);
      const doing = { action: 'create', id: identity.id };
      const before = await seeVolume(engine, doing, spec.name, context);
      if (before !== undefined) return takeUp(before, engine, target);
      all.forget();
      const made = await engine.dial<Parameters<typeof fromEngine>[0]>(
        doing,
        context,
        createVolume(engine.name, spec, identity, specDigest),
      );
      all.forget();
      // An engine answers with the one that is there where somebody was quicker.
      return takeUp(fromEngine(made), engine, target);
    },
    start: (target, context) => mustBeThere(target, 'start', context),
    stop: async () => undefined,
    async update(target, _paths, context) {
      all.forget();
      return mustBeThere(target, 'update', context);
    },

    async destroy(target, { destroyVolumes }, context) {
      if (isExternal(target)) return;
      const engine = await open(context);
      const { id, lineage } = target.identity;
      const doing = { action: 'destroy', id };
      const name = nameIn(target) ?? (await byMarks(engine, target.identity, doing, context))?.name;
      const seen = name === undefined ? undefined : await seeVolume(engine, doing, name, context);
      if (seen === undefined || !isOwn(seen, target.identity, target.handle)) return;
      if (isKept(target, seen) && !destroyVolumes) return;
      const users = await usersOf(engine, doing, { volume: seen.name }, context);
      refuseForeignUsers(users, { what: 'volume', name: seen.name, id, lineage });
      all.forget();
      const path = `/volumes/${encodeURIComponent(seen.name)}`;
      await engine.dial(doing, context, { method: 'DELETE', path, ok: [200, 204, 404] }).catch((thrown: unknown) => {
        throw namingUsers(thrown, users);
      });
      all.forget();
    },

    async adopt({ identity, engineId, spec }, context) {
      const engine = await open(context);
      const { id } = identity;
      const seen = await seeVolume(engine, { action: 'import', id }, engineId, context);
      const refuse = (reason: string): never => {
        throw new PjError('PJ5413', { engineId, id, reason });
      };
      if (seen === undefined) return refuse(`${engine.label} has no volume of that name`);
      const owner = identityOf(seen.labels);
      if (owner !== undefined && owner.lineage !== identity.lineage)
        return refuse(`it belongs to ${ownerOf(seen.labels)}`);
      const handle = { ...handleOf(seen, engine), ...(owner === undefined ? { imported: true } : {}) };
      const made = { handle, attributes: volumeAttributes(seen) };
      return { spec: { ...spec, volume: describeVolume(seen, spec?.volume, engine.name) }, made };
    },
  };
}

const LISTING: Doing = { action: 'list', id: 'the volumes' };

const specOf = ({ spec }: { spec: Target['spec'] }): VolumeSpec => spec.volume ?? { name: '' };

const isExternal = ({ spec, handle }: Pick<Target, 'spec' | 'handle'>): boolean =>
  spec.volume === undefined ? handle?.['external'] === true : spec.volume.external === true;

/** The name of what a target has been made as. */
function nameIn({ spec, handle }: Target): string | undefined {
  const name = handle?.['name'] ?? spec.volume?.name;
  return typeof name === 'string' ? name : undefined;
}

async function byMarks(engine: ApiEngine, identity: Identity, doing: Doing, context: CallContext) {
  return (await seeVolumes(engine, doing, context)).find((one) => isFound(one, identity, null));
}

/** It belongs to this state, whichever of its workloads it was made for, or was taken over. */
function isOwn(seen: SeenVolume, identity: Identity, handle: JsonObject | null): boolean {
  if (identityOf(seen.labels)?.lineage === identity.lineage) return true;
  return handle?.['imported'] === true && handle['name'] === seen.name;
}

/** Made as this very instance; a later generation than that was kept by a destroy, after which counting has begun anew. */
function isFound(seen: SeenVolume, identity: Identity, handle: JsonObject | null): boolean {
  if (handle?.['imported'] === true) return handle['name'] === seen.name;
  const owner = identityOf(seen.labels);
  if (owner === undefined || owner.lineage !== identity.lineage) return false;
  if (handle?.['name'] === seen.name) return true;
  return owner.id === identity.id && owner.generation >= identity.generation;
}

/** Destroy leaves it where it is: persistent, or made by others. */
function isKept({ spec, handle }: Target, { labels }: SeenVolume): boolean {
  const type = spec.volume === undefined ? labels[MARK.volume] : spec.volume.type;
  return handle?.['imported'] === true || type !== 'ephemeral';
}

/** Makes what is there the target's, where it belongs to this state and is as it should be. */
function takeUp(seen: SeenVolume, engine: ApiEngine, target: Target): Made {
  const { id } = target.identity;
  if (!isOwn(seen, target.identity, target.handle)) throw taken(seen, id);
  const fields = { '/volume/driver': seen.driver, ...volumeFields(specOf(target), seen, engine.name) };
  const wanted = (path: Pointer) => valueAt({ volume: { driver: 'local', ...specOf(target) } }, path);
  const other = Object.entries(fields).filter(([path, value]) => !equal(value ?? undefined, wanted(path)));
  if (other.length > 0) {
    const keys = other.map(([path]) => path.slice('/volume/'.length).replaceAll('/', '.')).join(', ');
    const advice = `The volume ${seen.name} was kept with another ${keys}. Put that back to go on with its data, or give this one another \`name\`.`;
    throw new PjError('PJ5405', { id }, { advice });
  }
  return madeOf(seen, engine, target);
}

const handleOf = (seen: SeenVolume, engine: ApiEngine): JsonObject => ({ runtime: engine.name, name: seen.name });

function madeOf(seen: SeenVolume, engine: ApiEngine, target: Target): Made {
  const { imported } = target.handle ?? {};
  const handle = {
    ...handleOf(seen, engine),
    ...(imported === true ? { imported } : {}),
    ...(isExternal(target) ? { external: true } : {}),
  };
  return { handle, attributes: volumeAttributes(seen) };
}

function foundOf(seen: SeenVolume, engine: ApiEngine, handle?: JsonObject | null): Found {
  const digest = seen.labels[MARK.digest];
  return {
    name: seen.name,
    ...(seen.labels[MARK.volume] === 'ephemeral' ? {} : { kept: true }),
    handle: { ...handle, ...handleOf(seen, engine) },
    attributes: volumeAttributes(seen),
    status: 'running',
    // An engine makes a volume whole or not at all.
    whole: true,
    ...(digest === undefined ? {} : { specDigest: digest }),
  };
}

function observedOf(record: WorkloadRecord, there: readonly SeenVolume[], engine: ApiEngine): Observed {
  const { id, spec, handle } = record;
  const name = handle?.['name'];
  const seen = there.find((one) => one.name === name);
  const ours = isExternal(record) || handle?.['imported'] === true || identityOf(seen?.labels) !== undefined;
  if (seen === undefined || !ours) {
    const detail = seen === undefined ? {} : { detail: `${ownerOf(seen.labels)} has its name now` };
    return { id, status: 'gone', fields: {}, attributes: {}, handle: null, ...detail };
  }
  return {
    id,
    status: 'running',
    fields: volumeFields(spec.volume ?? { name: seen.name }, seen, engine.name),
    attributes: volumeAttributes(seen),
    handle,
  };
}

const taken = (by: SeenVolume, id: string): PjError =>
  takenBy({ what: 'volume', name: by.name, id, owner: ownerOf(by.labels) });
