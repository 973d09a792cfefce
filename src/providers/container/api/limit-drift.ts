import type { Json, Pointer } from '../../../model/json.ts';
import type { Spec } from '../../../model/spec.ts';
import { isHeld, type LimitedResource } from '../../../os/cgroup.ts';
import { containerLimits } from './container-cgroup.ts';
import type { ApiEngine } from './engine.ts';
import type { Inspected } from './inspect.ts';
import type { SeenContainer } from './seen-container.ts';

const FIELDS = [
  ['cpu', 'cpu'],
  ['memory', 'memory'],
  ['maxProcesses', 'pids'],
] as const satisfies readonly (readonly [string, LimitedResource])[];

/** Limits that were set and that the kernel holds otherwise. Of an engine elsewhere what it says itself. */
export function limitFields(
  { resources }: Spec,
  seen: SeenContainer,
  engine: ApiEngine,
  inspected: Inspected | undefined,
): Record<Pointer, Json> {
  if (resources === undefined) return {};
  const held = (engine.local ? containerLimits(engine.name, seen.id) : undefined) ?? toldBy(inspected);
  if (held === undefined) return {};
  const fields: Record<Pointer, Json> = {};
  for (const [key, resource] of FIELDS) {
    const wanted = resources[key];
    if (wanted === undefined || isHeld(resource, wanted, held[resource])) continue;
    fields[`/resources/${key}`] = held[resource] ?? 'no limit';
  }
  return fields;
}

function toldBy(inspected: Inspected | undefined): { [R in LimitedResource]?: number | undefined } | undefined {
  if (inspected === undefined) return undefined;
  const { NanoCpus = 0, CpuQuota = 0, CpuPeriod, Memory = 0, PidsLimit } = inspected.HostConfig;
  const cpu = NanoCpus > 0 ? NanoCpus / 1e9 : CpuQuota > 0 ? CpuQuota / (CpuPeriod || 100_000) : undefined;
  return {
    cpu,
    memory: Memory > 0 ? Memory : undefined,
    pids: typeof PidsLimit === 'number' && PidsLimit > 0 ? PidsLimit : undefined,
  };
}
