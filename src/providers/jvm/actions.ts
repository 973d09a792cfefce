import { mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sighting } from '../../agent/calls.ts';
import { logFiles } from '../../agent/log-files.ts';
import { makeRuntimeDir, removeRuntimeDir, verifyPrivate } from '../../agent/runtime-dir.ts';
import { PjError } from '../../errors.ts';
import { classPathOf } from '../../jvm/classpath.ts';
import { faultOf } from '../../jvm/client.ts';
import { HOST_PROTOCOL } from '../../jvm/protocol.ts';
import type { Spec } from '../../model/spec.ts';
import { findJava, type Jdk, satisfies } from '../../os/jdk.ts';
import { lastLines } from '../../os/last-lines.ts';
import type { Care, Cared } from '../agent/care.ts';
import type { CallContext, Made, Target } from '../contract.ts';
import { jarThere } from '../java/jars.ts';
import { isSame } from '../marks.ts';
import { type HostFinder, hear, isHost, linkTo, socketOf } from './host.ts';
import { nativeSpecOf } from './native-spec.ts';
import { madeOf } from './observed.ts';
import { LEAST_FEATURE } from './rules.ts';

/** Seconds for a JVM to begin to listen. */
const PATIENCE = 60;

/** What the actions on host JVMs work with. */
export interface Workshop extends HostFinder {
  pjVersion: string;
  care: Care;
}

/** By instance first: what was renamed (`moved`) is still known by its old id. What belongs to another lineage is not seen. */
export async function locate(
  { care }: Workshop,
  { identity, handle }: Pick<Target, 'identity' | 'handle'>,
  { signal }: CallContext,
): Promise<Sighting | undefined> {
  const mine = (await care.look(signal)).filter(
    (one) => isHost(one) && one.entry.identity.lineage === identity.lineage,
  );
  return (
    mine.find(({ entry }) => entry.instance === handle?.['instance']) ??
    mine.find(({ entry }) => isSame(entry.identity, identity))
  );
}

export async function make(shop: Workshop, target: Target, context: CallContext): Promise<Made> {
  const there = await locate(shop, target, context);
  const cared = caredOf(shop, target, there);
  // The folder of its socket comes with the start: nobody would find it where a kill came before the agent knew of the host.
  return seen(shop, await shop.care.create(cared, context), context);
}

/** Ends when it answers. One that ends before that is not tried again; throws PJ5603 with what it complained of. */
export async function start(shop: Workshop, target: Target, context: CallContext): Promise<Made> {
  const { id } = target.identity;
  const before = await locate(shop, target, context);
  const cared = caredOf(shop, target, before);
  if (before?.alive !== true) furnish(id, socketOf(shop, id, before));
  const errors = logFiles(shop.dir, before?.entry.home.id ?? id).err;
  const from = statSync(errors, { throwIfNoEntry: false })?.size ?? 0;
  const sighting = await shop.care.start(cared, context);
  await awaitAnswer(shop, target, sighting, { path: errors, from }, context);
  return seen(shop, sighting, context);
}

export async function update(shop: Workshop, target: Target, context: CallContext): Promise<Made> {
  const there = await locate(shop, target, context);
  return seen(shop, await shop.care.update(caredOf(shop, target, there), context), context);
}

export async function stop(shop: Workshop, target: Target, context: CallContext): Promise<void> {
  const there = await locate(shop, target, context);
  if (there !== undefined) await shop.care.stop({ ...target, instance: there.entry.instance }, context);
}

export async function destroy(
  shop: Workshop,
  target: Target,
  { destroyVolumes }: { destroyVolumes: boolean },
  context: CallContext,
): Promise<void> {
  const there = await locate(shop, target, context);
  if (there === undefined) return;
  const socket = socketOf(shop, target.identity.id, there);
  await shop.care.destroy({ ...target, instance: there.entry.instance }, destroyVolumes, context);
  rmSync(dirname(socket), { recursive: true, force: true });
  removeRuntimeDir(dirname(dirname(socket)));
}

async function seen(shop: Workshop, sighting: Sighting, context: CallContext): Promise<Made> {
  return madeOf({ sighting, told: await hear(shop, sighting, context) }, shop.dir);
}

/** The Java of a host. Throws PJ5601. */
function javaFor({ dir, env }: Workshop, id: string, { jvm }: Spec): Jdk {
  const found = findJava(jvm?.home, { env, dir });
  if (found.reason !== undefined) throw new PjError('PJ5601', { id, tried: found.reason });
  const needs = jvm?.version !== undefined && satisfies(found.feature, jvm.version) !== true ? jvm.version : undefined;
  const wanted = needs ?? (found.feature < LEAST_FEATURE ? `>=${LEAST_FEATURE}` : undefined);
  if (wanted === undefined) return found;
  throw new PjError('PJ5601', { id, tried: `it needs Java ${wanted}, and ${found.home} is ${found.version}` });
}

/** The target as the agent is to have it: the process that the JVM is. Throws PJ5601, PJ5602 and PJ5608. */
function caredOf(shop: Workshop, target: Target, there: Sighting | undefined): Cared {
  const { handle: _, stored, ...rest } = target;
  const { identity, spec } = target;
  const { id, lineage } = identity;
  const { command, feature } = javaFor(shop, id, spec);
  const { entries, faults } = classPathOf({ classpath: spec.jvm?.classpath ?? [] }, shop.dir);
  if (faults.length > 0) throw new PjError('PJ5608', { id, reason: faults.map(({ reason }) => reason).join('; ') });
  const build = {
    command,
    feature,
    program: { host: jarThere('jvm-host.jar', shop.env), api: jarThere('pj-api.jar', shop.env) },
    socket: socketOf(shop, id, there),
    lineage,
    pjVersion: shop.pjVersion,
    libraries: entries,
  };
  return {
    ...rest,
    ...(there === undefined ? {} : { instance: there.entry.instance }),
    spec: nativeSpecOf(build, spec),
    ...(stored === undefined ? {} : { stored: nativeSpecOf(build, stored) }),
  };
}

/** Makes the folder of its socket, for this user alone. A socket that is left of a JVM before is replaced by the next; what else stands there is not. */
function furnish(id: string, socket: string): void {
  const uid = process.geteuid?.() ?? 0;
  const folder = dirname(socket);
  makeRuntimeDir(dirname(folder), uid);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  verifyPrivate(folder, uid);
  if (statSync(socket, { throwIfNoEntry: false }) === undefined) return;
  const fault = faultOf(socket);
  if (fault !== undefined) throw new PjError('PJ5603', { host: id, reason: fault });
}

async function awaitAnswer(
  shop: Workshop,
  target: Target,
  { entry }: Sighting,
  errors: { path: string; from: number },
  context: CallContext,
): Promise<void> {
  const { id } = target.identity;
  const end = performance.now() + PATIENCE * 1000;
  let reason = `it did not listen within ${PATIENCE} s`;
  for (let wait = 10; performance.now() < end; wait = Math.min(wait * 1.5, 250)) {
    context.signal.throwIfAborted();
    const sighting = await locate(shop, { ...target, handle: { instance: entry.instance } }, context);
    if (sighting?.alive !== true) {
      reason = lastLines(errors.path, 3, errors.from).join('; ') || 'it ended at once';
      break;
    }
    try {
      const { protocol, version } = await linkTo(shop, id, sighting).call(
        'hello',
        {},
        { signal: context.signal, timeout: 5 },
      );
      if (protocol === HOST_PROTOCOL) return;
      reason = `it was started by pj ${version}, which speaks to it in another way (protocol ${protocol})`;
      throw new PjError('PJ5603', { host: id, reason });
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof PjError && error.details['reason'] === reason) throw error;
    }
    await sleep(wait);
  }
  await shop.care.stop({ ...target, instance: entry.instance }, context);
  throw new PjError('PJ5603', { host: id, reason });
}
