import type Dockerode from 'dockerode';
import { PjError } from '../../../../errors.ts';
import { isBelow, type Pointer } from '../../../../model/json.ts';
import { restartPolicy } from '../../../../model/spec.ts';
import type { CallContext, Target } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { restartOf } from './body.ts';
import { limitsOf, ociLimits } from './limits.ts';
import { verifyLimits } from './verify-limits.ts';

/** Where limits stand in a spec. */
const LIMITS: readonly Pointer[] = [
  '/resources',
  '/container/memorySwap',
  '/container/memoryReservation',
  '/container/cpuset',
  '/container/blkio',
];

/** Gives a container its new limits, which are read back, and its new restart policy while it runs; what else may change live is no part of it. */
export async function updateLive(
  engine: ApiEngine,
  id: string,
  { spec }: Pick<Target, 'spec'>,
  paths: readonly Pointer[],
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const touched = (part: Pointer): boolean => paths.some((path) => isBelow(path, part));
  const limits = LIMITS.some(touched) ? limitsOf(spec, engine) : {};
  const RestartPolicy = touched('/restart') ? restartOf(restartPolicy(spec)) : undefined;
  if (engine.name === 'podman') {
    if (Object.keys(limits).length === 0) return;
    const path = `/libpod/containers/${id}/update`;
    await engine.dial(doing, context, { method: 'POST', path, body: ociLimits(limits) });
    await verifyLimits(engine, id, spec, doing, context);
    return;
  }
  if (Object.keys(limits).length === 0 && RestartPolicy === undefined) return;
  const give = (some: Dockerode.HostConfig): Promise<unknown> =>
    engine.dial(doing, context, {
      method: 'POST',
      path: `/containers/${id}/update`,
      body: { ...some, RestartPolicy },
    });
  await give(limits).catch(async (thrown: unknown) => {
    const { CpuPeriod, CpuQuota, ...rest } = limits;
    const counts = thrown instanceof PjError && /NanoCPUs has already been set/i.test(String(thrown.details['reason']));
    if (!counts || CpuPeriod === undefined || CpuQuota === undefined) throw thrown;
    // Somebody else made it by `--cpus`: it takes nothing else.
    await give({ ...rest, NanoCpus: Math.round((CpuQuota / CpuPeriod) * 1e9) });
  });
  if (Object.keys(limits).length > 0) await verifyLimits(engine, id, spec, doing, context);
}
