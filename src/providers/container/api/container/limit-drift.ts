import type { Json, Pointer } from '../../../../model/json.ts';
import type { Spec } from '../../../../model/spec.ts';
import { isHeld } from '../../../../os/cgroup.ts';
import type { ApiEngine } from '../connection/engine.ts';
import type { HeldByKernel } from './cgroup.ts';
import type { Inspected } from './inspect.ts';
import { limitsOf } from './limits.ts';

/** Whether a spec sets a limit that can be read back. */
export const setsLimits = ({ resources, container }: Spec): boolean =>
  [resources?.cpu, resources?.memory, resources?.maxProcesses, container?.memoryReservation, container?.cpuset].some(
    (one) => one !== undefined,
  ) || container?.memorySwap !== undefined;

/** Limits that were set and that are held otherwise. */
export function limitFields(spec: Spec, engine: ApiEngine, held: HeldByKernel | undefined): Record<Pointer, Json> {
  if (held === undefined) return {};
  const { cpu, memory, maxProcesses } = spec.resources ?? {};
  const { memoryReservation, memorySwap, cpuset } = spec.container ?? {};
  const swap = memorySwap === undefined ? undefined : limitsOf(spec, engine).MemorySwap;
  const fields: Record<Pointer, Json> = {};
  const compare = (path: Pointer, isSo: boolean, now: Json | undefined): void => {
    if (!isSo) fields[path] = now ?? 'no limit';
  };
  if (cpu !== undefined) compare('/resources/cpu', isHeld('cpu', cpu, held.cpu), held.cpu);
  if (memory !== undefined) compare('/resources/memory', isHeld('memory', memory, held.memory), held.memory);
  if (maxProcesses !== undefined)
    compare('/resources/maxProcesses', isHeld('pids', maxProcesses, held.pids), held.pids);
  if (memoryReservation !== undefined)
    compare('/container/memoryReservation', isHeld('memory', memoryReservation, held.reservation), held.reservation);
  if (memorySwap !== undefined && swap !== undefined && held.swap !== undefined)
    compare('/container/memorySwap', isHeld('memory', swap, held.swap), Math.max(0, held.swap - (memory ?? 0)));
  if (cpuset !== undefined) compare('/container/cpuset', sameCpus(cpuset, held.cpuset), held.cpuset);
  return fields;
}

/** What an engine elsewhere, or one whose groups are not where they are looked for, says itself. */
export function toldBy(inspected: Inspected | undefined): HeldByKernel | undefined {
  if (inspected === undefined) return undefined;
  const {
    NanoCpus = 0,
    CpuQuota = 0,
    CpuPeriod,
    Memory,
    MemorySwap,
    MemoryReservation,
    PidsLimit,
    CpusetCpus,
  } = inspected.HostConfig;
  const cpu = NanoCpus > 0 ? NanoCpus / 1e9 : CpuQuota > 0 ? CpuQuota / (CpuPeriod || 100_000) : undefined;
  const limit = (value: number | null | undefined): number | undefined =>
    typeof value === 'number' && value > 0 ? value : undefined;
  return {
    cpu,
    memory: limit(Memory),
    pids: limit(PidsLimit),
    reservation: limit(MemoryReservation),
    swap: limit(MemorySwap),
    cpuset: CpusetCpus === '' ? undefined : CpusetCpus,
  };
}

/** `0-1` and `0,1` are the same. */
function sameCpus(wanted: string, held: string | undefined): boolean {
  return held !== undefined && cpusOf(wanted).join() === cpusOf(held).join();
}

function cpusOf(text: string): number[] {
  const cpus = text.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  });
  return cpus.sort((a, b) => a - b);
}
