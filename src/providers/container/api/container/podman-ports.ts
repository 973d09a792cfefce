import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import type { SeenContainer } from './seen-container.ts';

interface Listed {
  Id: string;
  Ports?: { host_ip: string; container_port: number; host_port: number; range: number; protocol: string }[] | null;
}

/** Podman keeps ports that follow each other as one range, of which its list in Docker's manner tells the first alone; its own tells all. */
export async function withWholeRanges(
  engine: ApiEngine,
  seen: SeenContainer[],
  query: Record<string, string>,
  doing: Doing,
  context: CallContext,
): Promise<SeenContainer[]> {
  if (engine.name !== 'podman' || seen.every(({ ports }) => ports.length === 0)) return seen;
  const request = { method: 'GET', path: '/libpod/containers/json', query } as const;
  const listed = await engine.dial<Listed[] | undefined>(doing, context, request);
  const ports = new Map((listed ?? []).map((one) => [one.Id, portsOf(one)]));
  return seen.map((one) => ({ ...one, ports: ports.get(one.id) ?? one.ports }));
}

const portsOf = ({ Ports }: Listed): SeenContainer['ports'] =>
  (Ports ?? []).flatMap(({ host_ip, container_port, host_port, range, protocol }) =>
    // A range may be of several protocols: `tcp,udp`.
    protocol.split(',').flatMap((one) =>
      Array.from({ length: Math.max(1, range) }, (_, i) => ({
        container: container_port + i,
        protocol: one,
        ...(host_port === 0 ? {} : { host: host_port + i }),
        ...(host_ip === '' ? {} : { hostIp: host_ip }),
      })),
    ),
  );
