import { PjError } from '../../../../errors.ts';
import type { WorkloadRecord } from '../../../../model/record.ts';
import type { EnforcedResource } from '../../../../model/spec.ts';
import { type CgroupHost, isHeld } from '../../../../os/cgroup.ts';
import { cpuQuota } from '../../../../os/cgroup-v1.ts';
import { setHigh, unthrottledProcess } from '../../../agent/throttle.ts';
import type { CallContext, Throttle } from '../../../contract.ts';
import { neverThrottled } from '../../../enforcement.ts';
import type { Doing, Lxc } from '../engine.ts';
import { groupOf } from './groups.ts';
import { isUp, type SeenContainer } from './seen-container.ts';

/** Why a resource of a container of LXC cannot be throttled on this host; undefined where it can. */
export const unthrottledLxc = (resource: EnforcedResource, host: CgroupHost): string | undefined =>
  neverThrottled(resource) ?? unthrottledProcess(resource, host);

/** In its group alone: its configuration has what its descriptor says, and its next start sets that again. */
export async function throttleLxc(
  lxc: Lxc,
  seen: SeenContainer,
  { id, spec }: WorkloadRecord,
  throttle: Throttle,
  context: CallContext,
): Promise<Throttle> {
  if (!isUp(seen)) return {};
  const doing: Doing = { action: 'throttle', id };
  const refuse = (reason: string): never => {
    throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason });
  };
  const group = groupOf(lxc.host, seen.name);
  const held: Throttle = {};
  if (throttle.cpu !== undefined) {
    const wanted = throttle.cpu ?? spec.resources?.cpu ?? null;
    let now: number | undefined;
    if (seen.marks === undefined) now = await throttleForeign(lxc, seen.name, wanted, doing, context);
    else {
      const report = group.setLimits({ cpu: wanted });
      const [refused] = report.notHeld;
      if (refused !== undefined) refuse(refused.reason);
      now = report.held.cpu;
    }
    if (wanted === null ? now !== undefined : !isHeld('cpu', wanted, now))
      refuse(`${now ?? 'no limit of'} cores are held, not ${wanted ?? 'no limit'}`);
    held.cpu = now ?? null;
  }
  if (throttle.memory !== undefined) {
    const why = unthrottledLxc('memory', lxc.host);
    if (why === undefined) held.memory = setHigh(group.path, throttle.memory, refuse);
    else if (throttle.memory !== null) refuse(why);
  }
  return held;
}

/** Of a container that others have made LXC itself knows the groups. */
async function throttleForeign(
  { host, place, tool }: Lxc,
  name: string,
  cores: number | null,
  doing: Doing,
  context: CallContext,
): Promise<number | undefined> {
  const cgroup = (...args: string[]): Promise<string> =>
    tool(['lxc-cgroup', '-P', place.containers, '-n', name, ...args], doing, context);
  const { quota, period } = cpuQuota(cores ?? 1);
  if (host.version === 'v2') {
    await cgroup('cpu.max', `${cores === null ? 'max' : quota} ${period}`);
    const [now = 'max', of = period] = (await cgroup('cpu.max')).trim().split(' ');
    return now === 'max' ? undefined : Number(now) / Number(of);
  }
  await cgroup('cpu.cfs_period_us', String(period));
  await cgroup('cpu.cfs_quota_us', String(cores === null ? -1 : quota));
  const now = Number(await cgroup('cpu.cfs_quota_us'));
  return now > 0 ? now / Number(await cgroup('cpu.cfs_period_us')) : undefined;
}
