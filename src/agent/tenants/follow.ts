import type { AppState } from '../../jvm/protocol.ts';
import { enter, type Managed } from '../world.ts';
import { socketIn, type Tenant } from './tenant.ts';
import type { Tenants } from './tenants.ts';

/**
 * Learns from a living host which of its applications have ended for good, so that they are not run again when the host is: a job that was done above all. A
 * job that ends less than one look before its host dies is run once more.
 */
export async function follow(tenants: Tenants, host: Managed): Promise<void> {
  const socket = socketIn(host.entry);
  const running = tenants.inside(host).filter(({ entry }) => entry.wanted === 'running' && entry.phase === 'running');
  if (socket === undefined || running.length === 0) return;
  try {
    const { apps } = await tenants.links.at(socket, host.entry.identity.id).list();
    for (const tenant of running) {
      const state = apps.find(({ instance }) => instance === tenant.entry.instance);
      if (state !== undefined && tenants.has(tenant)) noteEnd(tenants, tenant, state);
    }
  } catch {
    // It is going, or just comes: whoever asks for something is told.
  }
}

/** Notes how a run has ended for good. False: it has not, or it was another run. */
export function noteEnd({ world }: Pick<Tenants, 'world'>, tenant: Tenant, state: AppState): boolean {
  const { entry } = tenant;
  const { phase, run, lastExit } = state;
  if ((phase !== 'completed' && phase !== 'failed') || run !== entry.run || entry.wanted !== 'running') return false;
  // Its main was never entered, so it has not ended: the next start of its host tries again. While the agent itself is trying, that is not over yet.
  if (phase === 'failed' && lastExit === null) {
    if (entry.phase !== 'running') return false;
    enter(tenant, world, { phase, lastExit, reason: null, nextStart: null });
    return true;
  }
  const exit = {
    known: lastExit !== null,
    code: lastExit?.code ?? null,
    signal: null,
    oomKilled: false,
    at: lastExit?.at ?? null,
  };
  world.tell?.({
    ...{ type: 'workload_ended', severity: phase === 'failed' ? 'warning' : 'info', workload: entry.identity.id },
    message: `it has ended in its JVM: ${exit.code === null ? 'exit unknown' : `exited ${exit.code}`}`,
    data: { code: exit.code, signal: null, oomKilled: false },
  });
  // What it threw may hold anything, so that its host alone tells it.
  enter(tenant, world, { phase, lastExit: exit, reason: null, nextStart: null });
  if (phase === 'failed') world.log(`${entry.identity.id}: ended (${exit.code ?? 'exit unknown'}) in its JVM`);
  return true;
}
