import { isJob } from '../../model/spec.ts';
import type { Managed } from '../world.ts';
import { isComing, isToRun, isUp, type Tenant } from './tenant.ts';

/** How long one is waited for that could not be started and is tried again. ms */
const RETRY_GRACE = 10_000;
/** How long a job is waited for that others come after. ms */
const JOB_GRACE = 60_000;
/** How long one is waited for at all: a chain of slow ones. ms */
const LONGEST_WAIT = 300_000;
/** Between two looks. ms */
const LOOK = 20;

/** What is asked of those that know the tenants. */
export interface Neighbours {
  readonly all: Tenant[];
  hostOf(tenant: Tenant): Managed | undefined;
}

/**
 * Waits until those that a tenant comes after run; a job, until it is done. Ids that are no tenants here are not waited for, nor are those that are not to run.
 * Gives the ids of those that do not run: what could not be brought back at once, what is tried again for longer than a grace, a job that takes too
 * long. Whoever comes after them is started all the same: they ran side by side before, so losing one must not take away the others. Ends early when
 * `stop` says so.
 */
export async function awaitEarlier(tenant: Tenant, neighbours: Neighbours, stop: () => boolean): Promise<string[]> {
  const { after } = tenant.entry.inside;
  const { lineage } = tenant.entry.identity;
  const began = performance.now();
  for (;;) {
    const waited = performance.now() - began;
    const missing: string[] = [];
    let waits = false;
    for (const other of neighbours.all) {
      const { identity } = other.entry;
      if (other === tenant || identity.lineage !== lineage || !after.includes(identity.id)) continue;
      const is = standingOf(other, neighbours, waited);
      if (is === 'waits') waits = true;
      else if (is === 'missing') missing.push(identity.id);
    }
    if (stop() || !waits) return missing;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

function standingOf(other: Tenant, neighbours: Neighbours, waited: number): 'fine' | 'waits' | 'missing' {
  const { entry, spec } = other;
  if (entry.wanted !== 'running' || entry.inside.dropping || entry.phase === 'completed') return 'fine';
  if (!isToRun(entry) || entry.phase === 'failed') return 'missing';
  const host = neighbours.hostOf(other);
  if (host === undefined || !(isUp(host) || isComing(host))) return 'missing';
  if (entry.phase === 'running' && !isJob(spec)) return isUp(host) ? 'fine' : 'waits';
  const patience = entry.phase === 'backoff' ? RETRY_GRACE : entry.phase === 'running' ? JOB_GRACE : LONGEST_WAIT;
  return waited < patience ? 'waits' : 'missing';
}
