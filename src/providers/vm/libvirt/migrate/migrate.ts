import { resolve } from 'node:path';
import { asPjError, PjError } from '../../../../errors.ts';
import { crashPoint } from '../../../../os/crash-point.ts';
import type { CallContext, Target } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import { type FolderRecord, folderOf, readFolder, writeFolder } from '../../folder.ts';
import type { Machine } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import type { LibvirtContext } from '../context.ts';
import { recordOf } from '../domain/create.ts';
import { defineFilter, removeFilter } from '../domain/filters.ts';
import { machineFor } from '../domain/input.ts';
import { release, reservationsOf, reserve } from '../domain/reservations.ts';
import { pushSecrets, removeSecrets } from '../domain/secrets.ts';
import { isOwn, lookAt, type SeenDomain, seeDomain } from '../domain/see.ts';
import { makeCopies, removeCopies } from './files.ts';
import { isSameHost, type Way } from './hosts.ts';
import { locate, otherPlaces, standsStill } from './places.ts';
import { prospectOf } from './prospect.ts';
import { transfer, waitForTransfer } from './transfer.ts';

/** One machine that moves. */
interface Moving {
  ctx: LibvirtContext;
  target: Target;
  machine: Machine;
  folder: string;
  doing: Doing;
  context: CallContext;
}

/** The target with the connection that its machine is on: a migration may have ended with nobody there to write it down. */
export async function placed(ctx: LibvirtContext, target: Target, doing: Doing, context: CallContext): Promise<Target> {
  const { uuid } = machineFor(target, ctx.options.dir);
  const others = otherPlaces(ctx, uuid, target.handle);
  if (others.length === 0 || target.handle === null) return target;
  const found = await locate(ctx, uuid, [ctx.uriOf(target), ...others], doing, context);
  return found?.seen === undefined ? target : at(target, found.virsh.uri);
}

const at = (target: Target, uri: string): Target => ({ ...target, handle: { ...target.handle, uri } });

/** Brings a machine to the host that its spec names, and ends what a run before has begun. Gives the target as it is there. */
export async function settle(ctx: LibvirtContext, given: Target, doing: Doing, context: CallContext): Promise<Target> {
  const target = await placed(ctx, given, doing, context);
  const machine = machineFor(target, ctx.options.dir);
  const folder = folderOf(resolve(ctx.options.dir), machine.uuid, target.handle);
  const moving: Moving = { ctx, target, machine, folder, doing, context };
  const to = target.spec.vm?.host ?? ctx.uriOf(target);
  const record = readFolder(folder);
  if (record?.moving !== undefined) {
    const wanted = record.moving.to === to;
    try {
      await finish(moving, record, wanted);
    } catch (thrown) {
      // It stays where it is: a host that is not to have it need not answer.
      if (wanted || asPjError(thrown).code !== 'PJ5506' || ctx.uriOf(target) === record.moving.to) throw thrown;
      context.progress(`what was made for it at ${record.moving.to} stays for now: ${asPjError(thrown).message}`);
      return target;
    }
  }
  const now = await placed(ctx, target, doing, context);
  return to === ctx.uriOf(now) ? now : move({ ...moving, target: now }, to);
}

/** Ends what was begun of a migration of a machine that is to go. Gives the target as it is where it is. */
export async function comeToRest(
  ctx: LibvirtContext,
  given: Target,
  doing: Doing,
  context: CallContext,
): Promise<Target> {
  const target = await placed(ctx, given, doing, context);
  const { vm: { host: _, ...vm } = {}, ...spec } = target.spec;
  const folder = folderOf(resolve(ctx.options.dir), machineFor(target, ctx.options.dir).uuid, target.handle);
  if (readFolder(folder)?.moving === undefined) return target;
  return settle(ctx, { ...target, spec: { ...spec, vm } }, doing, context);
}

/** Ends a migration that was begun: where it is under way, it is waited for if it is still wanted, else taken back. */
async function finish(moving: Moving, record: FolderRecord, wanted: boolean): Promise<void> {
  const { ctx, target, machine, folder, doing, context } = moving;
  const { to = '', copies = [] } = record.moving ?? {};
  const source = ctx.virsh(record.uri ?? ctx.uriOf(target));
  const destination = ctx.virsh(to);
  if (!wanted) await source.ask(['domjobabort', machine.uuid], doing, context).catch(() => undefined);
  await waitForTransfer(source, machine.uuid, doing, context);
  const place = await locate(ctx, machine.uuid, [source.uri, to], doing, context);
  if (place?.virsh === destination && place.seen !== undefined) await leave(moving, source, to);
  else {
    if (place?.seen !== undefined) await forget(moving, destination, copies, place.seen);
    if (place?.seen !== undefined && standsStill(place.seen))
      await source.call(['resume', machine.uuid], doing, context);
    const { moving: _, ...rest } = record;
    writeFolder(folder, rest);
  }
}

/** Moves it. Throws PJ5514 where it cannot, and runs on where it was. */
async function move(moving: Moving, to: string): Promise<Target> {
  const { ctx, target, machine, folder, doing, context } = moving;
  const { id } = target.identity;
  const [source, destination] = [ctx.virsh(ctx.uriOf(target)), ctx.virsh(to)];
  const seen = await seeDomain(source, lookAt(machine), doing, context);
  if (seen === undefined || !isOwn(seen, target.identity, target.handle)) return target;
  const way: Way = { from: source, to: destination, seen, doing, context };
  try {
    const record = readFolder(folder) ?? { ...recordOf(target, source, machine), whole: true };
    if (await isSameHost(way)) {
      if ((await seeDomain(destination, lookAt(machine), doing, context)) === undefined)
        throw new PjError('PJ5514', { id, to, reason: 'that is its own host, where it would not be seen' });
      writeFolder(folder, { ...record, uri: to });
      return at(target, to);
    }
    const { obstacles, copies } = await prospectOf(way, machine);
    if (obstacles.length > 0) {
      const reason = obstacles.map(({ message }) => message).join('; ');
      throw new PjError('PJ5514', { id, to, reason });
    }
    const files = copies.map(({ target: _, capacity: __, format: ___, ...file }) => file);
    writeFolder(folder, { ...record, uri: source.uri, moving: { to, copies: files } });
    crashPoint('vm-moving');
    context.progress(copies.length > 0 ? `copying ${copies.length} disk(s) to ${to}` : `migrating to ${to}`);
    await prepare(moving, destination);
    await makeCopies(destination, copies, doing, context);
    crashPoint('vm-prepared');
    await transfer(way, copies);
  } catch (thrown) {
    const stays = await takeBack(moving);
    context.signal.throwIfAborted();
    const { code, details, message } = asPjError(thrown);
    if (!stays || code === 'PJ5514') throw thrown;
    const reason = typeof details['reason'] === 'string' ? details['reason'] : message;
    throw new PjError('PJ5514', { id, to, reason }, { cause: thrown });
  }
  crashPoint('vm-moved');
  const there = await seeDomain(destination, lookAt(machine), doing, context);
  if (there === undefined || (seen.live !== undefined && there.live === undefined))
    throw new PjError('PJ5505', { runtime: 'libvirt', ...doing, reason: `it has not come to ${to}` });
  await leave(moving, source, to);
  return at(target, to);
}

/** What it needs there before it is there. */
async function prepare({ target, machine, doing, context }: Moving, destination: Virsh): Promise<void> {
  await pushSecrets(destination, machine, doing, context);
  const rules = target.spec.vm?.firewall ?? [];
  if (rules.length > 0) await defineFilter(destination, machine, rules, doing, context);
  await reserve(destination, machine, doing, context);
}

/** It is there: nothing of it stays at the source but copied disks. The folder says last where it is. */
async function leave(moving: Moving, source: Virsh, to: string): Promise<void> {
  const { ctx, target, machine, folder, doing, context } = moving;
  const left = await seeDomain(source, lookAt(machine), doing, context);
  if (left !== undefined && isOwn(left, target.identity, target.handle)) {
    // Its memory is at the destination: it stands still, or is off.
    await source.ask(['destroy', machine.uuid], doing, context).catch(() => undefined);
    await source.ask(['undefine', machine.uuid, '--managed-save', '--keep-nvram'], doing, context);
  }
  await strip(moving, source);
  ctx.disks(ctx.virsh(to)).follow(machine, source.uri);
  crashPoint('vm-left');
  const { moving: _, ...record } = readFolder(folder) ?? {
    ...recordOf(target, source, machine),
    whole: true,
  };
  writeFolder(folder, { ...record, uri: to });
}

async function strip({ machine, doing, context }: Moving, virsh: Virsh): Promise<void> {
  await release(virsh, reservationsOf(machine), doing, context);
  await removeFilter(virsh, machine, doing, context);
  await removeSecrets(virsh, machine, doing, context);
}

/** It is at its source: what was made for it at the destination goes. */
async function forget(
  moving: Moving,
  destination: Virsh,
  copies: NonNullable<FolderRecord['moving']>['copies'],
  seen: SeenDomain,
): Promise<void> {
  const { target, machine, doing, context } = moving;
  const half = await seeDomain(destination, lookAt(machine), doing, context);
  if (half !== undefined && isOwn(half, target.identity, target.handle) && seen.live !== undefined) {
    await destination.ask(['destroy', machine.uuid], doing, context).catch(() => undefined);
    await destination.ask(['undefine', machine.uuid, '--nvram'], doing, context).catch(() => undefined);
  }
  await strip(moving, destination);
  await removeCopies(destination, copies, doing, context);
}

/** After a failure. Gives whether it is where it was; what could not be taken back is for the next run. */
async function takeBack(moving: Moving): Promise<boolean> {
  const free = { ...moving.context, signal: AbortSignal.timeout(30_000) };
  const record = readFolder(moving.folder);
  if (record?.moving === undefined) return true;
  try {
    await finish({ ...moving, context: free }, record, true);
    return readFolder(moving.folder)?.uri === record.uri;
  } catch {
    return true;
  }
}
