import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PjError } from '../../../errors.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { Identity } from '../../../model/record.ts';
import type { Spec } from '../../../model/spec.ts';
import type { CallContext, Found, Made, Target } from '../../contract.ts';
import { isSame } from '../../marks.ts';
import { defaultUri } from '../default-uri.ts';
import type { Doing } from '../disks/contract.ts';
import { type FolderRecord, folderOf, readFolder, readFolders } from '../folder.ts';
import { uuidOf } from '../machine.ts';
import type { Machines } from '../runtime.ts';
import type { Virsh } from './connection/virsh.ts';
import type { LibvirtContext } from './context.ts';
import { attributesOf, handleOf } from './domain/attributes.ts';
import { createDomain, taken } from './domain/create.ts';
import { destroyDomain } from './domain/destroy.ts';
import { applyForwards } from './domain/forwards.ts';
import { machineFor } from './domain/input.ts';
import { haltDomain, startDomain } from './domain/run-state.ts';
import { isOwn, lookAt, type SeenDomain, seeAll, seeDomain, seeSome } from './domain/see.ts';
import { statusOf } from './domain/status.ts';
import { updateDomain } from './domain/update.ts';
import { comeToRest, placed, settle } from './migrate/migrate.ts';
import { locate, otherPlaces } from './migrate/places.ts';

type Actions = Pick<
  Machines,
  'find' | 'list' | 'create' | 'start' | 'stop' | 'update' | 'destroy' | 'pause' | 'resume'
>;

const PAUSED = '3';

/** What changes a domain. */
export function domainActions(ctx: LibvirtContext): Actions {
  const { options } = ctx;
  const dir = resolve(options.dir);
  const see = (target: Target, doing: Doing, context: CallContext): Promise<SeenDomain | undefined> =>
    seeDomain(ctx.virsh(ctx.uriOf(target)), lookAt(machineFor(target, dir)), doing, context);
  const own = async (target: Target, doing: Doing, context: CallContext): Promise<SeenDomain | undefined> => {
    const seen = await see(target, doing, context);
    return seen !== undefined && isOwn(seen, target.identity, target.handle) ? seen : undefined;
  };
  const must = async (target: Target, doing: Doing, context: CallContext): Promise<SeenDomain> => {
    const seen = await see(target, doing, context);
    if (seen === undefined) {
      const reason = `there is no domain ${machineFor(target, dir).name}`;
      throw new PjError('PJ5505', { runtime: 'libvirt', ...doing, reason });
    }
    if (!isOwn(seen, target.identity, target.handle)) throw taken(target.identity.id, seen);
    return seen;
  };
  const madeOf = async (target: Target, doing: Doing, context: CallContext): Promise<Made> => {
    const seen = await must(target, doing, context);
    const virsh = ctx.virsh(ctx.uriOf(target));
    return { handle: handleOf(seen, virsh, target.handle), attributes: attributesOf(seen, virsh) };
  };
  /** What is read of the folder alone. */
  const half = (
    record: Pick<FolderRecord, 'name' | 'identity'> & { specDigest?: string },
    folder: string,
    virsh: Virsh,
  ): Found => ({
    name: record.name,
    handle: {
      runtime: 'libvirt',
      name: record.name,
      uuid: uuidOf(record.identity),
      folder: folder.split('/').at(-1) ?? '',
      uri: virsh.uri,
    },
    attributes: {},
    status: 'stopped',
    whole: false,
    ...(record.specDigest === undefined ? {} : { specDigest: record.specDigest }),
  });
  const foundOf = (seen: SeenDomain, virsh: Virsh, handle: JsonObject | null | undefined, spec: Spec): Found => {
    const known = handleOf(seen, virsh, handle);
    const record = readFolder(folderOf(dir, seen.uuid, known));
    return {
      name: seen.name,
      handle: known,
      attributes: attributesOf(seen, virsh),
      status: statusOf(seen, spec, virsh.local).status,
      // Another machine of this project's may have made it, and has the folder.
      whole: record?.whole !== false,
      ...(seen.marks === undefined ? {} : { specDigest: seen.marks.specDigest }),
    };
  };

  /** What a run has just read need not be looked at again; what it knows nothing of is. */
  const unknownOf = async (virsh: Virsh, doing: Doing, context: CallContext): Promise<SeenDomain[]> => {
    const read = ctx.justRead.get(virsh.uri);
    ctx.justRead.delete(virsh.uri);
    if (read === undefined) return seeAll(virsh, doing, context);
    const known = new Set(read.seen.map(({ uuid }) => uuid));
    const others = read.uuids.filter((uuid) => !known.has(uuid));
    return [...read.seen, ...(await seeSome(virsh, others, doing, context))];
  };

  return {
    async find(identity, context, handle) {
      const uuid = typeof handle?.['uuid'] === 'string' ? handle['uuid'] : uuidOf(identity);
      const folder = folderOf(dir, uuid, handle);
      const record = readFolder(folder);
      const uri = uriFor(ctx, handle, record);
      const doing = { action: 'look for', id: identity.id };
      const uris = new Set([uri, ...otherPlaces(ctx, uuid, handle)]);
      const { virsh, seen } = (await locate(ctx, uuid, [...uris], doing, context)) ?? { virsh: ctx.virsh(uri) };
      if (seen !== undefined && isOwn(seen, identity, handle)) return foundOf(seen, virsh, handle, {});
      if (record?.runtime === 'libvirt' && !record.whole && isSame(record.identity, identity))
        return half(record, folder, virsh);
      if (record === undefined && existsSync(folder))
        return half(
          { identity, name: machineFor({ identity, handle: handle ?? null, spec: {} }, dir).name },
          folder,
          virsh,
        );
      return undefined;
    },
    async list({ lineage }, context) {
      const doing = { action: 'list', id: 'the machines of this project' };
      const folders = readFolders(dir).filter(({ record }) => record.runtime === 'libvirt');
      const found: { identity: Identity; found: Found }[] = [];
      const isFound = (identity: Identity) => found.some((one) => isSame(one.identity, identity));
      const asked = new Set<string>();
      const lookAt = async (uri: string): Promise<void> => {
        if (asked.has(uri)) return;
        asked.add(uri);
        const virsh = ctx.virsh(uri);
        for (const seen of await unknownOf(virsh, doing, context)) {
          const identity = seen.marks?.identity;
          if (identity?.lineage === lineage && !isFound(identity))
            found.push({ identity, found: foundOf(seen, virsh, null, {}) });
        }
      };
      for (const uri of [defaultUri(options.env), ...folders.flatMap(({ record }) => record.uri ?? [])])
        await lookAt(uri);
      // Where a migration was to bring it, which may not answer: of interest only where it is no longer where it was.
      for (const { record } of folders)
        if (record.moving !== undefined && !isFound(record.identity)) await lookAt(record.moving.to);
      for (const { folder, record } of folders) {
        const { identity } = record;
        if (record.whole || identity.lineage !== lineage || isFound(identity)) continue;
        found.push({ identity, found: half(record, folder, ctx.virsh(uriFor(ctx, null, record))) });
      }
      return found;
    },
    async create(target, context) {
      const doing = doingTo('create', target);
      await createDomain(ctx, target, doing, context);
      return madeOf(target, doing, context);
    },
    async start(given, context) {
      context.signal.throwIfAborted();
      const doing = doingTo('start', given);
      const target = await settle(ctx, given, doing, context);
      const seen = await must(target, doing, context);
      if (seen.live === undefined) {
        const virsh = ctx.virsh(ctx.uriOf(target));
        await startDomain(virsh, seen, machineFor(target, dir), doing, context);
      } else await turn('resume', 'start', target, context);
      return madeOf(target, doing, context);
    },
    async stop(given, context) {
      const doing = doingTo('stop', given);
      const target = await placed(ctx, given, doing, context);
      const seen = await own(target, doing, context);
      if (seen !== undefined) await haltDomain(ctx.virsh(ctx.uriOf(target)), seen, target, doing, context);
    },
    async update(given, _paths, context) {
      const doing = doingTo('update', given);
      const target = await settle(ctx, given, doing, context);
      const seen = await must(target, doing, context);
      await updateDomain(ctx, seen, target, doing, context);
      return madeOf(target, doing, context);
    },
    async destroy(given, { destroyVolumes }, context) {
      const doing = doingTo('destroy', given);
      await destroyDomain(ctx, await comeToRest(ctx, given, doing, context), destroyVolumes, doing, context);
    },
    pause: (target, context) => turn('suspend', 'pause', target, context),
    resume: (target, context) => turn('resume', 'resume', target, context),
  };

  async function turn(command: string, action: string, given: Target, context: CallContext): Promise<void> {
    const doing = doingTo(action, given);
    const target = await placed(ctx, given, doing, context);
    const seen = await must(target, doing, context);
    if ((seen.stats['state.state'] === PAUSED) === (action === 'pause')) return;
    const virsh = ctx.virsh(ctx.uriOf(target));
    // A start that was killed has left it paused, with ports that are not forwarded yet.
    if (action !== 'pause' && seen.live !== undefined)
      await applyForwards(virsh, { ...seen, live: seen.live }, machineFor(target, dir).cards, doing, context);
    await virsh.call([command, seen.uuid], doing, context);
  }
}

const doingTo = (action: string, { identity }: Target): Doing => ({ action, id: identity.id });

function uriFor(ctx: LibvirtContext, handle: JsonObject | null | undefined, record: FolderRecord | undefined): string {
  const told = handle?.['uri'];
  return typeof told === 'string' ? told : (record?.uri ?? defaultUri(ctx.options.env));
}
