import { PjError } from '../../../errors.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import { isHeld } from '../../../os/cgroup.ts';
import type { CallContext, Throttle } from '../../contract.ts';
import { hostAmong, linkTo } from '../../jvm/host.ts';
import { instanceIn, look, type Workshop } from './workshop.ts';

/** Seconds: an application that is being started or stopped takes no new limit before. */
const PATIENCE = 10;

/** Less processor time for the threads of one application, by its host. Throws PJ5306 where the kernel holds something else. */
export async function throttleApplication(
  shop: Workshop,
  record: WorkloadRecord,
  { cpu, memory }: Throttle,
  context: CallContext,
): Promise<Throttle> {
  const fail = (reason: string): never => {
    throw new PjError('PJ5306', { id: record.id, reason });
  };
  if (memory !== undefined) fail('the heap of a shared JVM has no parts');
  const { sightings, tenants } = await look(shop, context);
  const instance = instanceIn(record.handle);
  const tenant = tenants.find(({ entry }) => entry.instance === instance);
  if (cpu === undefined || instance === undefined || tenant === undefined) return {};
  const { home, inside, spec } = tenant.entry;
  const host = hostAmong(sightings, inside.id);
  if (host?.alive !== true) return {};
  const call = { key: `${home.id}@${home.generation}`, instance, cpu };
  const state = await linkTo(shop, inside.id, host).call('throttle', call, {
    signal: context.signal,
    timeout: PATIENCE,
  });
  if (state === null || state.instance !== instance || !['starting', 'running'].includes(state.phase)) return {};
  const wanted = cpu ?? spec.resources?.cpu ?? null;
  const held = state.held.cpu;
  if (wanted === null ? held !== null : !isHeld('cpu', wanted, held ?? undefined))
    fail(`the kernel holds ${held ?? 'no limit'} cores, not ${wanted ?? 'no limit'}`);
  return { cpu: held };
}
