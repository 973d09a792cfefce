import { existsSync } from 'node:fs';
import type Dockerode from 'dockerode';
import type { BlockIo } from '../../../../model/container-spec.ts';
import type { Spec } from '../../../../model/spec.ts';
import type { ApiEngine } from '../connection/engine.ts';

/** Microseconds of the period that a quota of processor time is of. */
const PERIOD = 100_000;
/** The least quota that the kernel takes. */
const LEAST = 1000;
const MEMORY_V1 = '/sys/fs/cgroup/memory';

/** Limits that an engine also takes while the container runs, as Docker names them. NanoCpus is not among them: what was made with it can never be given a quota. */
export function limitsOf({ resources = {}, container }: Spec, engine: ApiEngine): Dockerode.HostConfig {
  const { cpu, memory, maxProcesses } = resources;
  const { memorySwap, memoryReservation, cpuset, blkio } = container ?? {};
  const swaps = memory !== undefined && (memorySwap !== undefined || countsSwap(engine));
  return {
    ...(cpu === undefined ? {} : { CpuPeriod: PERIOD, CpuQuota: Math.max(LEAST, Math.round(cpu * PERIOD)) }),
    ...(memory === undefined ? {} : { Memory: memory }),
    // With no swap said it has none; engines would give it as much as it has memory.
    ...(swaps ? { MemorySwap: memory + (memorySwap ?? 0) } : {}),
    ...(memoryReservation === undefined ? {} : { MemoryReservation: memoryReservation }),
    ...(maxProcesses === undefined ? {} : { PidsLimit: maxProcesses }),
    ...(cpuset === undefined ? {} : { CpusetCpus: cpuset }),
    ...(blkio?.weight === undefined ? {} : { BlkioWeight: blkio.weight }),
  };
}

/** Rates by device, which are settled when the container is made. */
export function ratesOf({ readBps, writeBps, readIops, writeIops }: BlockIo): Dockerode.HostConfig {
  const rates = (of: Record<string, number> | undefined) =>
    of === undefined ? undefined : Object.entries(of).map(([Path, Rate]) => ({ Path, Rate }));
  return {
    BlkioDeviceReadBps: rates(readBps),
    BlkioDeviceWriteBps: rates(writeBps),
    BlkioDeviceReadIOps: rates(readIops),
    BlkioDeviceWriteIOps: rates(writeIops),
  };
}

/** The same limits as the kernel's runtimes name them (OCI), which is what Podman's update takes: all that hold, for what is left out may be reset. */
export function ociLimits(limits: Dockerode.HostConfig): object {
  const { CpuPeriod, CpuQuota, CpusetCpus, Memory, MemorySwap, MemoryReservation, PidsLimit, BlkioWeight } = limits;
  return {
    cpu: { period: CpuPeriod, quota: CpuQuota, cpus: CpusetCpus },
    memory: { limit: Memory, swap: MemorySwap, reservation: MemoryReservation },
    ...(PidsLimit === undefined ? {} : { pids: { limit: PidsLimit } }),
    ...(BlkioWeight === undefined ? {} : { blockIO: { weight: BlkioWeight } }),
  };
}

/** Docker leaves a limit of swap out where the kernel cannot hold it; Podman's runtime fails. */
function countsSwap({ name, local }: ApiEngine): boolean {
  if (name === 'docker' || !local || !existsSync(MEMORY_V1)) return true;
  return existsSync(`${MEMORY_V1}/memory.memsw.limit_in_bytes`);
}
