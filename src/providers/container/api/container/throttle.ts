import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { PjError } from '../../../../errors.ts';
import type { WorkloadRecord } from '../../../../model/record.ts';
import type { EnforcedResource } from '../../../../model/spec.ts';
import { isHeld } from '../../../../os/cgroup.ts';
import { readLimitV1, setLimitV1 } from '../../../../os/cgroup-v1.ts';
import { readLimitV2, setLimitV2 } from '../../../../os/cgroup-v2.ts';
import { setHigh } from '../../../agent/throttle.ts';
import type { CallContext, Throttle } from '../../../contract.ts';
import { neverThrottled } from '../../../enforcement.ts';
import type { Things } from '../../runtime.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { containerGroup, containerLimits, isV2 } from './cgroup.ts';
import type { ContainerContext } from './containers.ts';
import { engineCgroups } from './engine-cgroups.ts';
import { inspect } from './inspect.ts';
import { toldBy } from './limit-drift.ts';
import { updateLive } from './update.ts';

/** Why a resource of a container cannot be throttled on this engine; undefined where it can. */
export function unthrottledContainer(resource: EnforcedResource, engine: ApiEngine): string | undefined {
  const kernel = engineCgroups(engine);
  switch (resource) {
    case 'cpu':
      if (kernel === undefined || kernel.controllers.has('cpu')) return undefined;
      return `${engine.label} cannot limit cpu: ${kernel.reason}`;
    case 'memory':
      if (kernel === undefined)
        return `${engine.label} is not on this host, and its API knows no limit that slows down`;
      if (kernel.version === 'v2' && kernel.controllers.has('memory')) return undefined;
      return kernel.version === 'v1'
        ? 'cgroup v1 knows no limit of memory that slows down: only cgroup v2 does (memory.high)'
        : `${engine.label} cannot limit memory: ${kernel.reason}`;
    default:
      return neverThrottled(resource);
  }
}

/**
 * In the kernel itself where the container's group can be written here: the engine goes on with the limit that it was made with, and sets that again
 * with its next start. Else by the engine.
 */
export function containerThrottle({ open, all }: ContainerContext): NonNullable<Things['throttle']> {
  return async (record, throttle, context) => {
    const engine = await open(context);
    const { id } = record.handle ?? {};
    if (typeof id !== 'string') return {};
    const doing: Doing = { action: 'throttle', id: record.id };
    const refuse = (reason: string): never => {
      throw new PjError('PJ5407', { engine: engine.label, ...doing, reason });
    };
    const held: Throttle = {};
    if (throttle.cpu !== undefined) {
      const cpu = await throttleCpu(engine, record, id, throttle.cpu, { doing, refuse }, context);
      all.forget();
      if (cpu !== undefined) held.cpu = cpu;
    }
    const memory = isV2() ? groupHere(engine, id, 'memory') : undefined;
    if (throttle.memory !== undefined && memory !== undefined) held.memory = setHigh(memory, throttle.memory, refuse);
    else if (throttle.memory !== undefined && throttle.memory !== null && (await runs(engine, id, doing, context)))
      refuse(unthrottledContainer('memory', engine) ?? 'its group cannot be written here');
    return held;
  };
}

interface Telling {
  doing: Doing;
  refuse(reason: string): never;
}

/** What is held then; null is no limit, undefined where it does not run. */
async function throttleCpu(
  engine: ApiEngine,
  record: WorkloadRecord,
  id: string,
  to: number | null,
  { doing, refuse }: Telling,
  context: CallContext,
): Promise<number | null | undefined> {
  const wanted = to ?? record.spec.resources?.cpu ?? null;
  const so = (now: number | null | undefined): number | null => {
    const held = now ?? null;
    if (wanted === null ? held === null : isHeld('cpu', wanted, held ?? undefined)) return held;
    return refuse(`${held ?? 'no limit of'} cores are held, not ${wanted ?? 'no limit'}`);
  };
  const folder = groupHere(engine, id, 'cpu');
  if (folder !== undefined) {
    const reason = isV2() ? setLimitV2(folder, 'cpu', wanted) : setLimitV1(folder, 'cpu', wanted);
    // It has ended meanwhile.
    if (reason !== undefined) return groupHere(engine, id, 'cpu') === undefined ? undefined : refuse(reason);
    return so(isV2() ? readLimitV2(folder, 'cpu') : readLimitV1(folder, 'cpu'));
  }
  const running = await runs(engine, id, doing, context);
  // Podman keeps nothing of it for the next start.
  if (running === undefined || (!running && (to !== null || engine.name === 'podman'))) return undefined;
  if (wanted === null) return undefined;
  const spec = { ...record.spec, resources: { ...record.spec.resources, cpu: wanted } };
  await updateLive(engine, id, { spec }, ['/resources/cpu'], doing, context);
  const seen = engine.local ? containerLimits(engine.name, id) : undefined;
  if (seen !== undefined) return so(seen.cpu);
  // What Podman tells of a container is how it was made.
  if (engine.name === 'podman') return wanted;
  return so(toldBy(await inspect(engine, id, doing, context))?.cpu);
}

/** Undefined: it is gone. */
async function runs(engine: ApiEngine, id: string, doing: Doing, context: CallContext): Promise<boolean | undefined> {
  return (await inspect(engine, id, doing, context))?.State.Running;
}

/** The group of a container, where it can be written here. */
function groupHere(engine: ApiEngine, id: string, controller: 'cpu' | 'memory'): string | undefined {
  const folder = engine.local ? containerGroup(engine.name, id, controller) : undefined;
  if (folder === undefined) return undefined;
  const file = isV2() ? { cpu: 'cpu.max', memory: 'memory.high' }[controller] : 'cpu.cfs_quota_us';
  try {
    accessSync(join(folder, file), constants.W_OK);
    return folder;
  } catch {
    return undefined;
  }
}
