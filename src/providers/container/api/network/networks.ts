import { PjError } from '../../../../errors.ts';
import type { NetworkSpec } from '../../../../model/container-spec.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { Observed } from '../../../../model/observed.ts';
import type { Identity, WorkloadRecord } from '../../../../model/record.ts';
import type { CallContext, Found, Made, Target } from '../../../contract.ts';
import { identityOf, isSame, MARK } from '../../../marks.ts';
import type { RuntimeOptions, Things } from '../../runtime.ts';
import { engineInfo } from '../connection/drivers.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { despiteRaces } from '../connection/racing.ts';
import { recent } from '../connection/recent.ts';
import { lookups } from '../lookups.ts';
import { ownerOf, takenBy } from '../owner.ts';
import { namingUsers, refuseForeignUsers, usersOf } from '../users.ts';
import { createNetwork } from './body.ts';
import { checkNetworks, overlapsOf } from './check.ts';
import { describeNetwork, networkAttributes, networkFields } from './fields.ts';
import { removeNetwork } from './remove.ts';
import { type SeenNetwork, seeNetworks } from './seen-network.ts';

/** Networks on an engine that speaks Docker's API. They are there or not: start and stop do nothing. */
export function networkThings(open: (context: CallContext) => Promise<ApiEngine>, _options: RuntimeOptions): Things {
  const all = recent(async (context) => seeNetworks(await open(context), LISTING, context));
  const info = engineInfo(open);

  const mustBeThere = async (target: Target, action: string, context: CallContext): Promise<Made> => {
    const engine = await open(context);
    const { id } = target.identity;
    const { name } = specOf(target);
    const there = await seeNetworks(engine, { action, id }, context);
    const seen = there.find((one) => isOwn(one, target.identity, target.handle)) ?? externalIn(there, target);
    if (seen !== undefined) return madeOf(seen, engine, target);
    const namesake = there.find((one) => one.name === name);
    if (namesake !== undefined) throw taken(namesake, id);
    if (isExternal(target)) throw new PjError('PJ5412', { what: 'network', name, id, engine: engine.label });
    throw new PjError('PJ5407', { engine: engine.label, action, id, reason: `there is no network ${name} of it` });
  };

  return {
    check: async (workloads, context, state) =>
      checkNetworks({ engine: await open(context), all: await all.get(context), info, workloads, state }, context),

    ...lookups({ open, all, isFound: isOwn, foundOf, observedOf }),

    async create(target, context) {
      if (isExternal(target)) return mustBeThere(target, 'create', context);
      const engine = await open(context);
      const { identity, specDigest } = target;
      const spec = specOf(target);
      const doing = { action: 'create', id: identity.id };
      const before = await seeNetworks(engine, doing, context, spec.name);
      const mine = before.find((one) => isOwn(one, identity, null));
      if (mine !== undefined) {
        const digest = mine.labels[MARK.digest];
        if (digest !== undefined && digest !== specDigest) throw new PjError('PJ5405', { id: identity.id });
        return madeOf(mine, engine, target);
      }
      if (before[0] !== undefined) throw taken(before[0], identity.id);
      all.forget();
      const request = createNetwork(engine, spec, identity, specDigest);
      const make = () => engine.dial<{ Id?: string; id?: string }>(doing, context, request);
      const made = await despiteRaces(make, context).catch(async (thrown: unknown) => {
        throw await overlapping(thrown, engine, spec, identity.id, context);
      });
      // Docker lets two networks have one name when both are made at once.
      const after = await seeNetworks(engine, doing, context, spec.name);
      all.forget();
      const other = after.find((one) => one.id !== (made.Id ?? made.id));
      const seen = after.find((one) => one.id === (made.Id ?? made.id));
      if (other !== undefined && seen !== undefined) {
        await removeNetwork(engine, seen, doing, context);
        throw taken(other, identity.id);
      }
      if (seen === undefined)
        throw new PjError('PJ5407', { engine: engine.label, ...doing, reason: 'somebody removed it at once' });
      return madeOf(seen, engine, target);
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
      const there = await seeNetworks(engine, doing, context);
      const seen = there.find((one) => isOwn(one, target.identity, target.handle));
      if (seen === undefined || (target.handle?.['imported'] === true && !destroyVolumes)) return;
      const users = await usersOf(engine, doing, { network: engine.name === 'podman' ? seen.name : seen.id }, context);
      refuseForeignUsers(users, { what: 'network', name: seen.name, id, lineage });
      all.forget();
      await removeNetwork(engine, seen, doing, context).catch((thrown: unknown) => {
        throw namingUsers(thrown, users);
      });
      all.forget();
    },

    async adopt({ identity, engineId, spec }, context) {
      const engine = await open(context);
      const { id } = identity;
      const refuse = (reason: string): never => {
        throw new PjError('PJ5413', { engineId, id, reason });
      };
      const there = await seeNetworks(engine, { action: 'import', id }, context);
      const fits = there.filter(
        (one) => one.name === engineId || (engineId.length >= 12 && one.id.startsWith(engineId)),
      );
      const [seen] = fits;
      if (seen === undefined || fits.length > 1)
        return refuse(`${engine.label} has ${fits.length === 0 ? 'no network' : 'several networks'} of that name`);
      const owner = identityOf(seen.labels);
      if (owner !== undefined && !isSame(owner, identity)) return refuse(`it belongs to ${ownerOf(seen.labels)}`);
      if (['host', 'none', 'null'].includes(seen.driver)) return refuse('it is part of the engine');
      const handle = { ...handleOf(seen, engine), ...(owner === undefined ? { imported: true } : {}) };
      const made = { handle, attributes: networkAttributes(seen) };
      return { spec: { ...spec, network: describeNetwork(seen, spec?.network, engine.name) }, made };
    },
  };
}

const LISTING: Doing = { action: 'list', id: 'the networks' };

const specOf = ({ spec }: { spec: Target['spec'] }): NetworkSpec => spec.network ?? { name: '' };

const isExternal = ({ spec, handle }: Pick<Target, 'spec' | 'handle'>): boolean =>
  spec.network === undefined ? handle?.['external'] === true : spec.network.external === true;

/** Made by this very state, or taken over by it; by its id in the engine where it was renamed since. */
function isOwn(seen: SeenNetwork, identity: Identity, handle: JsonObject | null): boolean {
  const owner = identityOf(seen.labels);
  const same = handle?.['id'] === seen.id;
  if (same && handle?.['imported'] === true) return true;
  return isSame(owner, identity) || (same && owner?.lineage === identity.lineage);
}

const externalIn = (there: readonly SeenNetwork[], target: Target): SeenNetwork | undefined =>
  isExternal(target) ? there.find(({ name }) => name === specOf(target).name) : undefined;

const handleOf = (seen: SeenNetwork, engine: ApiEngine): JsonObject => ({
  runtime: engine.name,
  id: seen.id,
  name: seen.name,
});

function madeOf(seen: SeenNetwork, engine: ApiEngine, target: Target): Made {
  const { imported } = target.handle ?? {};
  const handle = {
    ...handleOf(seen, engine),
    ...(imported === true ? { imported } : {}),
    ...(isExternal(target) ? { external: true } : {}),
  };
  return { handle, attributes: networkAttributes(seen) };
}

function foundOf(seen: SeenNetwork, engine: ApiEngine, handle?: JsonObject | null): Found {
  const digest = seen.labels[MARK.digest];
  return {
    name: seen.name,
    handle: { ...handle, ...handleOf(seen, engine) },
    attributes: networkAttributes(seen),
    status: 'running',
    // An engine makes a network whole or not at all.
    whole: true,
    ...(digest === undefined ? {} : { specDigest: digest }),
  };
}

function observedOf(record: WorkloadRecord, there: readonly SeenNetwork[], engine: ApiEngine): Observed {
  const { id, spec, handle } = record;
  const network = spec.network ?? { name: String(handle?.['name'] ?? '') };
  const byId = there.find((one) => one.id === handle?.['id']);
  const namesake = there.find(({ name }) => name === network.name);
  const again = isExternal(record) || identityOf(namesake?.labels)?.id === id;
  const seen = byId ?? (again ? namesake : undefined);
  if (seen === undefined) {
    const detail = namesake === undefined ? {} : { detail: `${ownerOf(namesake.labels)} has its name now` };
    return { id, status: 'gone', fields: {}, attributes: {}, handle: null, ...detail };
  }
  return {
    id,
    status: 'running',
    fields: networkFields(network, seen, engine.name),
    attributes: networkAttributes(seen),
    handle: { ...handle, ...handleOf(seen, engine) },
    ...(byId === undefined && !isExternal(record) ? { detail: 'recreated by somebody' } : {}),
  };
}

const taken = (by: SeenNetwork, id: string): PjError =>
  takenBy({ what: 'network', name: by.name, id, owner: ownerOf(by.labels) });

/** Says which network it is that another one overlaps with, where that can be seen. */
async function overlapping(
  thrown: unknown,
  engine: ApiEngine,
  { name, subnet }: NetworkSpec,
  id: string,
  context: CallContext,
): Promise<unknown> {
  if (!(thrown instanceof PjError) || thrown.code !== 'PJ5409') return thrown;
  const there = await seeNetworks(engine, { action: 'create', id }, context).catch(() => []);
  const who = overlapsOf(subnet ?? '', there).map((one) => `${one.name} has ${one.subnet} (${ownerOf(one.labels)})`);
  const reason = [String(thrown.details['reason']), ...who].join('; ');
  return new PjError('PJ5409', { name, id, reason }, { cause: thrown });
}
