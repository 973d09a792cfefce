import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';

/** A network as an engine has it, whichever engine that is. */
export interface SeenNetwork {
  id: string;
  name: string;
  driver: string;
  internal: boolean;
  ipv6: boolean;
  subnets: SeenSubnet[];
  options: Record<string, string>;
  labels: Record<string, string>;
  /** Its bridge on the host, where that is known. */
  device?: string;
}

export interface SeenSubnet {
  subnet: string;
  gateway?: string;
  /** Docker: CIDR. Podman: `first-last`. */
  range?: string;
}

/** What Docker answers. */
interface DockerNetwork {
  Id: string;
  Name: string;
  Driver: string;
  Internal?: boolean;
  EnableIPv6?: boolean;
  IPAM?: { Config?: { Subnet?: string; Gateway?: string; IPRange?: string }[] | null };
  Options?: Record<string, string> | null;
  Labels?: Record<string, string> | null;
}

/** What Podman's own API answers; its copy of Docker's leaves ranges out. */
interface PodmanNetwork {
  id: string;
  name: string;
  driver: string;
  network_interface?: string;
  internal?: boolean;
  ipv6_enabled?: boolean;
  subnets?: { subnet: string; gateway?: string; lease_range?: { start_ip?: string; end_ip?: string } }[] | null;
  options?: Record<string, string> | null;
  labels?: Record<string, string> | null;
}

/** Every network of the engine, or those of one name: one call. */
export async function seeNetworks(
  engine: ApiEngine,
  doing: Doing,
  context: CallContext,
  name?: string,
): Promise<SeenNetwork[]> {
  // The engines take parts of names and patterns, too.
  const exact = (all: SeenNetwork[]) => (name === undefined ? all : all.filter((one) => one.name === name));
  const query = name === undefined ? {} : { filters: JSON.stringify({ name: [name] }) };
  if (engine.name === 'podman') {
    const path = '/libpod/networks/json';
    const all = await engine.dial<PodmanNetwork[] | undefined>(doing, context, { method: 'GET', path, query });
    return exact((all ?? []).map(fromPodman));
  }
  const all = await engine.dial<DockerNetwork[] | undefined>(doing, context, {
    method: 'GET',
    path: '/networks',
    query,
  });
  return exact((all ?? []).map(fromDocker));
}

function fromDocker(one: DockerNetwork): SeenNetwork {
  const device = one.Options?.['com.docker.network.bridge.name'];
  return {
    id: one.Id,
    name: one.Name,
    driver: one.Driver,
    internal: one.Internal === true,
    ipv6: one.EnableIPv6 === true,
    subnets: (one.IPAM?.Config ?? []).flatMap(({ Subnet, Gateway, IPRange }) =>
      Subnet === undefined || Subnet === ''
        ? []
        : [
            {
              subnet: Subnet,
              // Docker writes an IPv6 gateway that it has chosen with its length.
              ...(Gateway === undefined || Gateway === '' ? {} : { gateway: Gateway.replace(/\/\d+$/, '') }),
              ...(IPRange === undefined || IPRange === '' ? {} : { range: IPRange }),
            },
          ],
    ),
    options: one.Options ?? {},
    labels: one.Labels ?? {},
    ...(one.Driver === 'bridge' ? { device: device ?? `br-${one.Id.slice(0, 12)}` } : {}),
  };
}

function fromPodman(one: PodmanNetwork): SeenNetwork {
  return {
    id: one.id,
    name: one.name,
    driver: one.driver,
    internal: one.internal === true,
    ipv6: one.ipv6_enabled === true,
    subnets: (one.subnets ?? []).map(({ subnet, gateway, lease_range: range }) => ({
      subnet,
      ...(gateway === undefined ? {} : { gateway }),
      ...(range === undefined ? {} : { range: `${range.start_ip ?? ''}-${range.end_ip ?? ''}` }),
    })),
    options: one.options ?? {},
    labels: one.labels ?? {},
    ...(one.network_interface === undefined ? {} : { device: one.network_interface }),
  };
}
