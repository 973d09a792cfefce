import type { CallContext } from '../../../contract.ts';
import type { ApiEngine } from './engine.ts';
import { type Recent, recent } from './recent.ts';

/** What the engine says of itself that matters for what is made on it. */
export interface EngineInfo {
  networkDrivers: string[];
  volumeDrivers: string[];
  logDrivers: string[];
  /** It is part of a swarm, whose networks reach over several hosts. */
  swarm: boolean;
  /** Where it keeps its data. */
  root: string;
  /** What guards its containers: `seccomp`, `apparmor`, `selinux`, `userns` (Docker: ids are shifted), `rootless`. */
  guards: string[];
  /** Runs without the rights of root. */
  rootless: boolean;
  /** The low-level runtimes that it knows: `runc`, `nvidia`. */
  runtimes: string[];
  cpus: number;
  /** What it can limit. */
  limits: { memory: boolean; swap: boolean; cpu: boolean; cpuset: boolean; pids: boolean };
}

/** Milliseconds: plugins come and go seldom. */
const LASTS = 60_000;

/** Asked only where something out of the ordinary is wanted: Podman takes 0.3 s for it. */
export function engineInfo(open: (context: CallContext) => Promise<ApiEngine>): Recent<EngineInfo> {
  return recent(async (context) => {
    const engine = await open(context);
    const doing = { action: 'tell of', id: 'itself' };
    return infoFrom(await engine.dial<Told>(doing, context, { method: 'GET', path: '/info' }));
  }, LASTS);
}

/** Of what an engine tells, what is read. */
interface Told {
  Plugins?: { Network?: string[] | null; Volume?: string[] | null; Log?: string[] | null };
  Swarm?: { LocalNodeState?: string };
  DockerRootDir?: string;
  SecurityOptions?: string[] | null;
  Rootless?: boolean;
  Runtimes?: Record<string, unknown> | null;
  NCPU?: number;
  MemoryLimit?: boolean;
  SwapLimit?: boolean;
  CpuCfsQuota?: boolean;
  CPUSet?: boolean;
  PidsLimit?: boolean;
}

function infoFrom({ Plugins, Swarm, DockerRootDir, SecurityOptions, Runtimes, ...told }: Told): EngineInfo {
  // `name=seccomp,profile=default`
  const guards = (SecurityOptions ?? []).map((one) => /(?:^|,)name=([^,]+)/.exec(one)?.[1] ?? one);
  return {
    networkDrivers: Plugins?.Network ?? [],
    volumeDrivers: Plugins?.Volume ?? [],
    logDrivers: Plugins?.Log ?? [],
    swarm: Swarm?.LocalNodeState === 'active',
    root: DockerRootDir ?? '',
    guards,
    rootless: told.Rootless === true || guards.includes('rootless'),
    runtimes: Object.keys(Runtimes ?? {}),
    cpus: told.NCPU ?? 0,
    limits: {
      memory: told.MemoryLimit !== false,
      swap: told.SwapLimit !== false,
      cpu: told.CpuCfsQuota !== false,
      cpuset: told.CPUSet !== false,
      pids: told.PidsLimit !== false,
    },
  };
}
