import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sighting, TenantCall, TenantSighting } from '../../../agent/calls.ts';
import { keyOf } from '../../../agent/entry.ts';
import { isComing } from '../../../agent/tenants/tenant.ts';
import { PjError } from '../../../errors.ts';
import { appCallOf, codeOf } from '../../../jvm/app-call.ts';
import { stampOfClassPath } from '../../../jvm/classpath.ts';
import { refusalIn } from '../../../jvm/client.ts';
import type { HostLink } from '../../../jvm/hosts.ts';
import type { AppCall, AppState } from '../../../jvm/protocol.ts';
import { isBelow, type Pointer } from '../../../model/json.ts';
import { type Spec, stopPolicy } from '../../../model/spec.ts';
import { isHeld } from '../../../os/cgroup.ts';
import { crashPoint } from '../../../os/crash-point.ts';
import { isRestarting } from '../../agent/sighting.ts';
import type { CallContext, Made, Target } from '../../contract.ts';
import { hostAmong, linkTo, patienceFor } from '../../jvm/host.ts';
import { heldBy } from '../../jvm/observed.ts';
import { madeOf } from './observed.ts';
import { hostOf, instanceIn, type Located, locate, STAMP_VARIABLE, stampIn, type Workshop } from './workshop.ts';

/** Seconds that a call may take beyond the grace period of what it has to stop. */
const MARGIN = 60;
/** Seconds to wait for a host that the agent is about to start again. */
const COMING = 60;

/** What only a second loader beside the first, or another start, takes up. */
const CODE: readonly Pointer[] = ['/java/classpath', '/java/jar', '/java/mainClass', '/java/args', '/properties'];

/** Makes the application known to the agent, and to its host where that runs; `start` makes up for what was not done here. */
export async function create(shop: Workshop, target: Target, context: CallContext): Promise<Made> {
  const { id } = target.identity;
  codeOf(id, target.spec, shop.dir);
  const before = await locate(shop, target, context);
  const stays = before.tenant !== undefined && before.state !== undefined;
  const tenant = await keep(
    shop,
    target,
    { wanted: stays ? (before.tenant?.entry.wanted ?? 'stopped') : 'stopped', stamp: stampIn(before.tenant) },
    context,
  );
  crashPoint('java-kept');
  const link = await linkOf(shop, hostOf(target.spec), before, context, false);
  const state = await link?.call('deploy', { app: appOf(shop, target, tenant) }, options(target, context));
  crashPoint('java-deployed');
  return made(shop, target, { ...before, hostId: hostOf(target.spec), tenant, state: state ?? undefined });
}

/** Ends when main has been entered. What runs already with this spec is left as it is. */
export async function start(shop: Workshop, target: Target, context: CallContext): Promise<Made> {
  const { identity, spec, specDigest } = target;
  const { entries } = codeOf(identity.id, spec, shop.dir);
  const before = await locate(shop, target, context);
  const { state } = before;
  const runs = state !== undefined && ['starting', 'running'].includes(state.phase) && state.digest === specDigest;
  const run = runs && state.run !== null ? state.run : randomUUID();
  const stamp = runs ? stampIn(before.tenant) : stampOfClassPath(entries);
  const hostId = hostOf(spec);
  // Waited for before: a host that is started anew gives what was renamed its new name.
  const link = await linkOf(shop, hostId, before, context, true);
  const tenant = await keep(shop, target, { wanted: 'running', run, stamp }, context);
  crashPoint('java-start-kept');
  const app = appOf(shop, target, tenant);
  await dropOldName(link, app, before, context);
  const started = await link.call('start', { app, run }, options(target, context, true));
  crashPoint('java-started');
  return made(shop, target, { ...before, hostId, tenant, state: started });
}

/** Nobody brings it back any more, and then it is ended. Throws PJ5605. */
export async function stop(shop: Workshop, target: Target, context: CallContext): Promise<void> {
  const before = await locate(shop, target, context);
  if (before.tenant !== undefined) await keepStopped(shop, target, before.tenant, context);
  crashPoint('java-stop-kept');
  const located = await again(shop, target, before, context);
  const key = keyIn(located);
  if (key === undefined || located.host?.alive !== true) return;
  const { gracePeriod } = stopPolicy(target.spec);
  context.progress(`stopping (up to ${gracePeriod} s)`);
  const link = await linkOf(shop, located.hostId, located, context, false);
  await gone(link?.call('stop', { key, gracePeriod }, options(target, context, true)), shop, located, context);
}

/** New code is taken up by a second loader beside the first, everything else by what runs. */
export async function update(shop: Workshop, target: Target, paths: Pointer[], context: CallContext): Promise<Made> {
  const { spec, identity } = target;
  const { entries } = codeOf(identity.id, spec, shop.dir);
  const before = await locate(shop, target, context);
  const { state } = before;
  const runs = state?.phase === 'running' || state?.phase === 'starting';
  const reloads = runs && paths.some((path) => CODE.some((below) => isBelow(path, below)));
  const hostId = hostOf(spec);
  const wanted = before.tenant?.entry.wanted ?? (runs ? 'running' : 'stopped');
  if (!reloads) {
    const tenant = await keep(shop, target, { wanted, stamp: stampIn(before.tenant) }, context);
    crashPoint('java-update-kept');
    const located = await again(shop, target, before, context);
    const link = await linkOf(shop, hostId, located, context, false);
    const app = appOf(shop, target, tenant);
    const there = located.state !== undefined;
    const now =
      there && link !== undefined ? await updateIn(shop, link, app, before, target, paths, context) : undefined;
    return made(shop, target, { ...located, hostId, tenant, state: now ?? located.state });
  }
  const run = randomUUID();
  const link = await linkOf(shop, hostId, before, context, true);
  const old = before.tenant;
  const tenant = await keep(shop, target, { wanted: 'running', run, stamp: stampOfClassPath(entries) }, context);
  crashPoint('java-reload-kept');
  try {
    const now = await link.call('reload', { app: appOf(shop, target, tenant), run }, options(target, context, true));
    return made(shop, target, { ...before, hostId, tenant, state: now });
  } catch (error) {
    // The old one runs on, so that is what is to be brought back.
    if (refusalIn(error) !== undefined && old !== undefined) await keepAsItWas(shop, old, context);
    throw error;
  }
}

/**
 * Out of care first, so that nobody brings it back; then out of its host; then what was made for it. Throws PJ5605 where data would
 * go under threads that do not end, and then it is still there.
 */
export async function destroy(
  shop: Workshop,
  target: Target,
  { destroyVolumes }: { destroyVolumes: boolean },
  context: CallContext,
): Promise<void> {
  const before = await locate(shop, target, context);
  const { tenant } = before;
  const { signal } = context;
  const drop = async (done: boolean): Promise<void> => {
    if (tenant === undefined) return;
    const { identity, instance } = tenant.entry;
    await shop.care.link.call(
      'dropTenant',
      { identity, instance, destroyVolumes, ...(done ? { done } : {}) },
      { signal },
    );
  };
  await drop(false);
  crashPoint('java-dropped');
  const located = await again(shop, target, before, context);
  const key = keyIn(located);
  if (key !== undefined && located.host?.alive === true) {
    const { gracePeriod } = stopPolicy(target.spec);
    const link = await linkOf(shop, located.hostId, located, context, false);
    // Its host forgets threads that do not end, and tells of them as a leak; but no data may go under them.
    const takesData = (target.spec.volumes ?? []).some(
      ({ type }) => type === 'ephemeral' || (type === 'persistent' && destroyVolumes),
    );
    if (takesData)
      await gone(link?.call('stop', { key, gracePeriod }, options(target, context, true)), shop, located, context);
    const answer = await gone(
      link?.call('undeploy', { key, gracePeriod }, options(target, context, true)),
      shop,
      located,
      context,
    );
    if (answer?.leak != null) context.progress(`its loader leaked${heldBy(answer.leak)}`);
  }
  crashPoint('java-undeployed');
  await drop(true);
}

export async function release(shop: Workshop, target: Target, context: CallContext): Promise<void> {
  await shop.care.releaseTenant({ identity: target.identity, instance: instanceIn(target.handle) }, context);
}

/** Has its host take the new limits. One that the kernel refuses leaves it as it was; throws PJ5306. */
async function updateIn(
  shop: Workshop,
  link: HostLink,
  app: AppCall,
  { tenant, told }: Located,
  target: Target,
  paths: readonly Pointer[],
  context: CallContext,
): Promise<AppState> {
  if (!paths.some((path) => isBelow(path, '/resources'))) return link.call('update', { app }, options(target, context));
  const before = (await link.call('recall', {}, { signal: context.signal })).find((one) => one.app.key === app.key);
  const now = await link.call('update', { app }, options(target, context));
  // Where there are no groups at all, plan has said so.
  const groups = told === undefined || told instanceof Error ? undefined : told.host.cgroup;
  const refused = now.notHeld.filter((text) =>
    text.startsWith('cpu:') ? groups?.cpu === true : groups?.threads === true,
  );
  const { cpu, maxThreads } = app;
  if (refused.length === 0 && groups?.cpu === true && cpu !== null && !isHeld('cpu', cpu, now.held.cpu ?? undefined))
    refused.push(`cpu: the kernel holds ${now.held.cpu ?? 'no limit'}, not ${cpu}`);
  if (refused.length === 0 && groups?.threads === true && maxThreads !== null && now.held.maxThreads !== maxThreads)
    refused.push(`maxThreads: the kernel holds ${now.held.maxThreads ?? 'no limit'}, not ${maxThreads}`);
  if (refused.length === 0) return now;
  if (tenant !== undefined) await keepAsItWas(shop, tenant, context);
  if (before !== undefined) await link.call('update', { app: before.app }, options(target, context));
  throw new PjError('PJ5306', { id: target.identity.id, reason: refused.join('; ') });
}

/** Tells the agent what is wanted, before its host is asked for anything. */
function keep(
  shop: Workshop,
  { identity, handle, spec, stored, origin, specDigest, after = [] }: Target,
  how: { wanted: 'running' | 'stopped'; run?: string; stamp: string | null },
  { signal }: CallContext,
): Promise<TenantSighting> {
  const { stamp, ...intent } = how;
  const instance = instanceIn(handle);
  const stamped = (form: Spec): Spec => (stamp === null ? form : { ...form, env: { [STAMP_VARIABLE]: stamp } });
  const call: TenantCall = {
    identity,
    ...(instance === undefined ? {} : { instance }),
    spec: stamped(spec),
    ...(stored === undefined ? {} : { stored: stamped(stored) }),
    ...(origin === undefined ? {} : { origin }),
    specDigest,
    base: shop.care.base,
    inside: { id: hostOf(spec) },
    after: after.filter((one) => one !== hostOf(spec)),
    ...intent,
  };
  return shop.care.link.call('keepTenant', call, { signal });
}

/** The spec stays what it was: that of a stop may hold digests in place of values. */
async function keepStopped(shop: Workshop, target: Target, { entry }: TenantSighting, context: CallContext) {
  await shop.care.link.call(
    'keepTenant',
    { ...callOf(target.identity, entry), wanted: 'stopped' },
    { signal: context.signal },
  );
}

async function keepAsItWas(shop: Workshop, { entry }: TenantSighting, context: CallContext): Promise<void> {
  const run = entry.run === null ? {} : { run: entry.run };
  const call = { ...callOf(entry.identity, entry), wanted: entry.wanted, ...run };
  await shop.care.link.call('keepTenant', call, { signal: context.signal });
}

const callOf = (identity: Target['identity'], entry: TenantSighting['entry']): Omit<TenantCall, 'wanted'> => ({
  identity,
  instance: entry.instance,
  spec: entry.spec,
  stored: entry.spec,
  ...(entry.origin === null ? {} : { origin: entry.origin }),
  specDigest: entry.specDigest,
  base: entry.base,
  inside: { id: entry.inside.id },
  after: entry.inside.after,
});

/** What its host is asked to run. Its name there is the one that its things were made under. */
function appOf(shop: Workshop, { spec, specDigest }: Target, { entry, volumes, logs }: TenantSighting): AppCall {
  return appCallOf(
    { identity: entry.home, instance: entry.instance, spec, specDigest },
    { dir: shop.dir, volumes, logs },
  );
}

/** After the intent is kept: what was not in its host before may have been brought back there until then. */
const again = async (shop: Workshop, target: Target, before: Located, context: CallContext): Promise<Located> =>
  before.state !== undefined || before.tenant === undefined ? before : locate(shop, target, context, undefined, 0);

/** The name that its host knows it by. */
const keyIn = ({ state, tenant }: Located): string | undefined =>
  state?.key ?? (tenant === undefined ? undefined : keyOf(tenant.entry.home));

/** After a rename it comes under its new name, and must not stay under the old one too. */
async function dropOldName(link: HostLink, app: AppCall, { state }: Located, { signal }: CallContext): Promise<void> {
  if (state === undefined || state.key === app.key) return;
  const { gracePeriod } = app;
  await link.call('stop', { key: state.key, gracePeriod }, { signal, timeout: MARGIN + gracePeriod });
  await link.call('undeploy', { key: state.key, gracePeriod }, { signal, timeout: MARGIN + gracePeriod });
}

/**
 * The way to a host; `seen`: what was found of it just now. One that the agent is about to start again is waited for. Throws PJ5603 where it does not run and `needed`; undefined where it does
 * not and need not.
 */
async function linkOf(shop: Workshop, id: string, seen: Located, context: CallContext, needed: true): Promise<HostLink>;
async function linkOf(
  shop: Workshop,
  id: string,
  seen: Located,
  context: CallContext,
  needed: boolean,
): Promise<HostLink | undefined>;
async function linkOf(
  shop: Workshop,
  id: string,
  seen: Located,
  context: CallContext,
  needed: boolean,
): Promise<HostLink | undefined> {
  const answered = seen.hostId === id && seen.told !== undefined && !(seen.told instanceof Error);
  if (answered) return linkTo(shop, id, seen.host);
  const end = performance.now() + COMING * 1000;
  for (let told = false; ; ) {
    const host = hostAmong(await shop.care.look(context.signal), id);
    if (host?.alive === true) {
      const link = linkTo(shop, id, host);
      // One that has just been started may not listen yet.
      await link.call('hello', {}, { signal: context.signal, patience: patienceFor(host) });
      return link;
    }
    if (!needed) return undefined;
    if (host === undefined || !comes(host) || performance.now() > end)
      throw new PjError('PJ5603', { host: id, reason: host === undefined ? 'it is not there' : 'it does not run' });
    if (!told) context.progress(`waiting for its JVM ${id}`);
    told = true;
    await sleep(100);
  }
}

const options = ({ spec }: Pick<Target, 'spec'>, { signal }: CallContext, stops = false) => ({
  signal,
  timeout: MARGIN + (stops ? stopPolicy(spec).gracePeriod : 0),
});

/** The agent is about to start it again, though it may not have heard of its end yet. */
const comes = (host: Sighting): boolean => isRestarting(host) || (host.watched && isComing(host));

/** ms from the end of a connection to the end of the process that it led to. */
const DYING = 2_000;

/** What was to end has ended too where its host has died meanwhile, whether or not that was started anew. */
async function gone<T>(
  call: Promise<T> | undefined,
  shop: Workshop,
  { hostId, host }: Located,
  context: CallContext,
): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof PjError) || error.code !== 'PJ5603') throw error;
    const end = performance.now() + DYING;
    const lives = async (): Promise<boolean> => {
      const now = hostAmong(await shop.care.look(context.signal), hostId);
      return now?.alive === true && now.entry.token === host?.entry.token;
    };
    while (await lives()) {
      if (performance.now() > end) throw error;
      await sleep(50);
    }
    return undefined;
  }
}

function made(shop: Workshop, { identity, spec }: Target, located: Located): Made {
  return madeOf(located, spec, identity.id, shop.dir);
}
