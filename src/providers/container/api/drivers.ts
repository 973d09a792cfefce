import type { CallContext } from '../../contract.ts';
import type { ApiEngine } from './engine.ts';
import { type Recent, recent } from './recent.ts';

/** What the engine says of itself that matters for networks and volumes. */
export interface EngineInfo {
  networkDrivers: string[];
  volumeDrivers: string[];
  /** It is part of a swarm, whose networks reach over several hosts. */
  swarm: boolean;
  /** Where it keeps its data. */
  root: string;
}

/** Milliseconds: plugins come and go seldom. */
const LASTS = 60_000;

/** Asked only where something out of the ordinary is wanted: Podman takes 0.3 s for it. */
export function engineInfo(open: (context: CallContext) => Promise<ApiEngine>): Recent<EngineInfo> {
  return recent(async (context) => {
    const engine = await open(context);
    const info: unknown = await engine.call({ action: 'tell of', id: 'itself' }, context, (docker) => docker.info());
    const { Plugins, Swarm, DockerRootDir } = info as {
      Plugins?: { Network?: string[] | null; Volume?: string[] | null };
      Swarm?: { LocalNodeState?: string };
      DockerRootDir?: string;
    };
    return {
      networkDrivers: Plugins?.Network ?? [],
      volumeDrivers: Plugins?.Volume ?? [],
      swarm: Swarm?.LocalNodeState === 'active',
      root: DockerRootDir ?? '',
    };
  }, LASTS);
}
