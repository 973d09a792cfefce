import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PjError } from '../../../../errors.ts';
import type { NetworkSpec } from '../../../../model/container-spec.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { Observed } from '../../../../model/observed.ts';
import type { Identity, WorkloadRecord } from '../../../../model/record.ts';
import { crashPoint } from '../../../../os/crash-point.ts';
import type { CallContext, Found, Made, Target } from '../../../contract.ts';
import { identityOf, isSame, MARK, marksOf } from '../../../marks.ts';
import { ownerOf, takenBy } from '../../api/owner.ts';
import { refuseForeignUsers } from '../../api/users.ts';
import type { Things } from '../../runtime.ts';
import type { LxcContext } from '../context.ts';
import type { Doing, Lxc } from '../engine.ts';
import { writeNewMarks } from '../marks-file.ts';
import { usersOf } from '../users.ts';
import { lower, raise } from './bridges.ts';
import { checkNetworks } from './check.ts';
import { hostBridge } from './default-bridge.ts';
import { describeNetwork, factsOf, networkAttributes, networkFields, overlapping } from './make.ts';
import { networkFile, type SeenNetwork, seeNetwork, seeNetworks } from './seen-network.ts';

/** Networks on LXC: a bridge with an address of the host, and a file that says whose it is and outlives a boot, which the bridge does not. */
export function networkThings({ open }: LxcContext): Things {
  const external = async (lxc: Lxc, target: Target, doing: Doing, context: CallContext): Promise<Made> => {
    const { name } = specOf(target);
    const seen = seeNetwork(lxc, name);
    if (seen !== undefined) return madeOf(seen, target);
    const bridge = await hostBridge(lxc, name, doing, context);
    if (bridge === undefined) throw new PjError('PJ5412', { what: 'network', name, id: doing.id, engine: lxc.label });
    const { subnet, gateway } = bridge;
    const handle = { runtime: 'lxc', id: name, name, external: true };
    return { handle, attributes: { name, engineId: name, driver: 'bridge', subnet, gateway, bridge: name } };
  };
  /** Start: its bridge may have gone with the last boot. */
  const up = async (target: Target, action: string, context: CallContext): Promise<Made> => {
    context.signal.throwIfAborted();
    const lxc = await open(context);
    const doing = { action, id: target.identity.id };
    if (isExternal(target)) return external(lxc, target, doing, context);
    const { name } = specOf(target);
    const seen = seeNetwork(lxc, name);
    if (seen === undefined) {
      const reason = `there is no network ${name} of it`;
      throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason });
    }
    if (!isOwn(seen, target.identity, target.handle)) throw taken(seen, target.identity.id);
    if (!seen.up) await raise(lxc, seen, doing, context);
    return madeOf(seen, target);
  };

  return {
    check: async (workloads, context, state) => checkNetworks(await open(context), workloads, state),
    async find(identity, context, handle) {
      const seen = seeNetworks(await open(context)).find((one) => isOwn(one, identity, handle ?? null));
      return seen === undefined ? undefined : foundOf(seen, handle);
    },
    async list({ lineage }, context) {
      return seeNetworks(await open(context)).flatMap((seen) => {
        const identity = identityOf(seen.marks.labels);
        return identity?.lineage === lineage ? [{ identity, found: foundOf(seen) }] : [];
      });
    },
    async read(records, context) {
      if (records.length === 0) return [];
      const lxc = await open(context);
      const doing = { action: 'read', id: 'the networks' };
      return Promise.all(records.map((record) => observedOf(record, lxc, doing, context)));
    },

    async create(target, context) {
      context.signal.throwIfAborted();
      const lxc = await open(context);
      const { identity, specDigest } = target;
      const doing = { action: 'create', id: identity.id };
      if (isExternal(target)) return external(lxc, target, doing, context);
      const spec = specOf(target);
      const dir = join(lxc.place.networks, spec.name);
      if (seeNetwork(lxc, spec.name) === undefined) {
        const others = seeNetworks(lxc);
        const facts = factsOf(spec, dir, others);
        if (facts === undefined) {
          const reason = `pj finds no free subnet in 10.209.0.0/16`;
          throw new PjError('PJ5409', { name: spec.name, id: identity.id, reason });
        }
        refuseOverlap(spec.name, facts.subnet, others, identity.id);
        writeNewMarks(networkFile(dir), { labels: { ...spec.labels, ...marksOf(identity, specDigest) }, facts });
        crashPoint('lxc-network-marked');
      }
      const seen = seeNetwork(lxc, spec.name);
      if (seen === undefined || !isSame(identityOf(seen.marks.labels), identity))
        throw seen === undefined
          ? new PjError('PJ5407', { engine: lxc.label, ...doing, reason: 'somebody removed it at once' })
          : taken(seen, identity.id);
      if (seen.marks.labels[MARK.digest] !== specDigest) throw new PjError('PJ5405', { id: identity.id });
      await raise(lxc, seen, doing, context);
      return madeOf(seen, target);
    },
    start: (target, context) => up(target, 'start', context),
    stop: async () => undefined,
    update: (target, _paths, context) => up(target, 'update', context),

    async destroy(target, _options, context) {
      if (isExternal(target)) return;
      const lxc = await open(context);
      const { id, lineage } = target.identity;
      const doing = { action: 'destroy', id };
      const seen = seeNetworks(lxc).find((one) => isOwn(one, target.identity, target.handle));
      if (seen === undefined) return;
      const { name } = seen;
      const users = usersOf(lxc, { bridge: seen.marks.facts.bridge });
      refuseForeignUsers(users, { what: 'network', name, id, lineage });
      if (users.length > 0) {
        const reason = `it is used by ${users.map((user) => user.name).join(', ')}`;
        throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason });
      }
      await lower(lxc, seen, doing, context);
      rmSync(join(seen.dir, 'addresses'), { recursive: true, force: true });
      rmSync(seen.dir, { recursive: true, force: true });
    },

    async adopt({ identity, engineId, spec }, context) {
      const lxc = await open(context);
      const seen = seeNetwork(lxc, engineId);
      const owner = identityOf(seen?.marks.labels);
      const refuse = (reason: string): never => {
        throw new PjError('PJ5413', { engineId, id: identity.id, reason });
      };
      if (seen === undefined)
        return refuse(`pj has made no network of that name; \`external: true\` uses a bridge of this host as it is`);
      if (!isSame(owner, identity)) return refuse(`it belongs to ${ownerOf(seen.marks.labels)}`);
      const made = { handle: handleOf(seen), attributes: networkAttributes(seen) };
      return { spec: { ...spec, network: describeNetwork(seen, spec?.network) }, made };
    },
  };
}

const specOf = ({ spec, handle }: Pick<Target, 'spec' | 'handle'>): NetworkSpec =>
  spec.network ?? { name: String(handle?.['name'] ?? '') };

const isExternal = ({ spec, handle }: Pick<Target, 'spec' | 'handle'>): boolean =>
  spec.network === undefined ? handle?.['external'] === true : spec.network.external === true;

/** Made by this very state; by its name where that is known. */
function isOwn(seen: SeenNetwork, identity: Identity, handle: JsonObject | null): boolean {
  const owner = identityOf(seen.marks.labels);
  return isSame(owner, identity) || (handle?.['name'] === seen.name && owner?.lineage === identity.lineage);
}

const handleOf = ({ name }: SeenNetwork): JsonObject => ({ runtime: 'lxc', id: name, name });

const madeOf = (seen: SeenNetwork, target: Target): Made => ({
  handle: { ...handleOf(seen), ...(isExternal(target) ? { external: true } : {}) },
  attributes: networkAttributes(seen),
});

function foundOf(seen: SeenNetwork, handle?: JsonObject | null): Found {
  const digest = seen.marks.labels[MARK.digest];
  return {
    name: seen.name,
    handle: { ...handle, ...handleOf(seen) },
    attributes: networkAttributes(seen),
    status: seen.up ? 'running' : 'stopped',
    // Without its bridge it is whole, too: start makes that anew.
    whole: true,
    ...(digest === undefined ? {} : { specDigest: digest }),
  };
}

async function observedOf(record: WorkloadRecord, lxc: Lxc, doing: Doing, context: CallContext): Promise<Observed> {
  const { id, spec, handle } = record;
  const name = String(handle?.['name'] ?? spec.network?.name ?? '');
  const seen = seeNetwork(lxc, name);
  const gone: Observed = { id, status: 'gone', fields: {}, attributes: {}, handle: null };
  if (isExternal(record) && seen === undefined) {
    if ((await hostBridge(lxc, name, doing, context)) === undefined) return gone;
    return { id, status: 'running', fields: {}, attributes: record.attributes, handle };
  }
  if (seen === undefined) return gone;
  if (!isExternal(record) && identityOf(seen.marks.labels)?.id !== id)
    return { ...gone, detail: `${ownerOf(seen.marks.labels)} has its name now` };
  return {
    id,
    status: seen.up ? 'running' : 'stopped',
    fields: networkFields(spec.network ?? { name }, seen),
    attributes: networkAttributes(seen),
    handle: { ...handle, ...handleOf(seen) },
    ...(seen.up ? {} : { detail: 'its bridge is not there, as after a boot of this host' }),
  };
}

const taken = (by: SeenNetwork, id: string): PjError =>
  takenBy({ what: 'network', name: by.name, id, owner: ownerOf(by.marks.labels) });

function refuseOverlap(name: string, subnet: string, others: readonly SeenNetwork[], id: string): void {
  const clash = others.filter(({ marks }) => overlapping(subnet, [marks.facts.subnet]).length > 0);
  if (clash.length === 0) return;
  const reason = clash
    .map((one) => `${one.name} has ${one.marks.facts.subnet} (${ownerOf(one.marks.labels)})`)
    .join('; ');
  throw new PjError('PJ5409', { name, id, reason });
}
