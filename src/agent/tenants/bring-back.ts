import { randomUUID } from 'node:crypto';
import { PjError } from '../../errors.ts';
import { appCallOf } from '../../jvm/app-call.ts';
import type { HostLink } from '../../jvm/hosts.ts';
import type { AppState } from '../../jvm/protocol.ts';
import { restartPolicy } from '../../model/spec.ts';
import { backoffDelay } from '../backoff.ts';
import { regain } from '../regain.ts';
import { missingForStart, notAvailable } from '../secrecy.ts';
import { makeVolumes } from '../volumes.ts';
import { enter, type Managed, until } from '../world.ts';
import { noteEnd } from './follow.ts';
import { placesOf, type Tenant } from './tenant.ts';
import type { Tenants } from './tenants.ts';

/** Seconds that a start may take beyond those in which an old one has to end. */
const START_TIMEOUT = 60;
/** From the end of a connection to the end of the process that it led to. ms */
const DYING = 1_000;

/** Where it is to be brought back to. */
export interface Where {
  host: Managed;
  link: HostLink;
  signal: AbortSignal;
  /** This process of the host is not there any more, or its part was taken over. */
  isOver(): boolean;
}

/**
 * Asks a tenant's host to run it. What fails is tried again as its restart policy says, except where a sensitive value cannot be had, and is left
 * `failed` with the reason in the end. What a host does about an application that ended is its own business. Gives the pause before the next try in ms, 0 where
 * something else was asked for meanwhile; null: there is none. Call in turn; never throws.
 */
export async function bringBack(tenant: Tenant, tenants: Tenants, where: Where): Promise<number | null> {
  const { world } = tenants;
  const { entry } = tenant;
  try {
    if (!(await regain(tenant, world))) return 0;
    const state = await start(tenant, tenants, where);
    if (noteEnd(tenants, tenant, state)) return null;
    enter(tenant, world, { phase: 'running', startedAt: world.now().toISOString(), reason: null, nextStart: null });
    const { id } = entry.identity;
    const jvm = where.host.entry.identity.id;
    world.log(
      state.phase === 'backoff' ? `${id}: did not come up in ${jvm}, which tries it again` : `${id}: is back in ${jvm}`,
    );
    return null;
  } catch (error) {
    // Its connection ends a moment before its host does.
    if (error instanceof PjError && error.code === 'PJ5603') await until(() => where.isOver(), DYING);
    // Left as it is: the next start of its host brings it back.
    if (where.isOver()) return null;
    return fail(tenant, tenants, where, error);
  }
}

async function start(tenant: Tenant, { world }: Tenants, { link, signal }: Where): Promise<AppState> {
  const { entry, spec } = tenant;
  const secret = missingForStart(tenant.missing);
  if (secret !== undefined) throw notAvailable(secret);
  makeVolumes(world.project, entry.home, spec, undefined);
  const { home, instance, specDigest } = entry;
  const place = { dir: world.project, ...placesOf(world.project, entry) };
  const app = appCallOf({ identity: home, instance, spec, specDigest }, place);
  const run = entry.run ?? randomUUID();
  if (entry.run === null) enter(tenant, world, { run });
  return link.call('start', { app, run }, { signal, timeout: START_TIMEOUT + app.gracePeriod });
}

function fail(tenant: Tenant, { world }: Tenants, { host }: Where, error: unknown): number | null {
  const { entry, spec } = tenant;
  const reason = tenant.redact(error instanceof Error ? error.message : String(error));
  const give = (why: string): null => {
    world.log(`${entry.identity.id}: is not brought back into ${host.entry.identity.id}: ${why}`);
    enter(tenant, world, { phase: 'failed', reason: why, nextStart: null });
    return null;
  };
  // Neither its value nor its owner changes by itself.
  if (error instanceof PjError && ['PJ5302', 'PJ5308', 'PJ5607'].includes(error.code)) return give(reason);
  const policy = restartPolicy(spec);
  if (policy.policy === 'no') return give(reason);
  if (policy.maxAttempts > 0 && entry.attempts >= policy.maxAttempts)
    return give(`${reason} (given up after ${entry.attempts} tries more)`);
  const attempts = entry.attempts + 1;
  const delay = backoffDelay(policy, attempts, world.random);
  const nextStart = new Date(world.now().getTime() + delay).toISOString();
  world.log(`${entry.identity.id}: ${reason}; is tried again in ${Math.round(delay)} ms`);
  enter(tenant, world, { phase: 'backoff', attempts, reason, nextStart });
  return delay;
}
