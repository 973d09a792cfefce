import { existsSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import { type CgroupHost, detectCgroups } from './cgroup.ts';
import { readKernelFile, readNumber } from './kernel-file.ts';

export interface HostFacts {
  /** Cores that this process may use. */
  cpus: number;
  /** Bytes: what the machine has, or less where the container that pj runs in has less. */
  memory: number;
  kernel: string;
  isRoot: boolean;
  cgroups: CgroupHost;
  /** What pj itself runs in (`docker`, `podman`, `lxc`, …), where that can be told. */
  container?: string;
}

/** What this host has, for the checks at plan and for `doctor`. */
export function hostFacts(): HostFacts {
  const container = containerName();
  return {
    cpus: availableParallelism(),
    memory: Math.min(totalmem(), ownMemoryLimit() ?? Number.POSITIVE_INFINITY),
    kernel: release(),
    isRoot: process.geteuid?.() === 0,
    cgroups: detectCgroups(),
    ...(container === undefined ? {} : { container }),
  };
}

function containerName(): string | undefined {
  if (existsSync('/.dockerenv')) return 'docker';
  if (existsSync('/run/.containerenv')) return 'podman';
  // Container managers tell their name to their init, which only root may read; systemd keeps it for others.
  const told = readKernelFile('/run/systemd/container')?.trim();
  return told === undefined || told === '' ? undefined : told;
}

/** As a container without a cgroup namespace and one with it see it. */
function ownMemoryLimit(): number | undefined {
  const limit = readNumber('/sys/fs/cgroup/memory.max') ?? readNumber('/sys/fs/cgroup/memory/memory.limit_in_bytes');
  return limit === undefined || limit >= 2 ** 62 ? undefined : limit;
}
