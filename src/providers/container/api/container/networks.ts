import type Dockerode from 'dockerode';
import type { ContainerSpec, NetworkUse } from '../../../../model/container-spec.ts';
import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';

/** The networks in which a container is made, and its ports. Podman takes all networks at once, Docker before 25 the first one. */
export function networksOf(
  { networkMode, networks = [], ports = [] }: ContainerSpec,
  engine: ApiEngine['name'],
  id: string,
): Pick<Dockerode.ContainerCreateOptions, 'ExposedPorts' | 'NetworkingConfig' | 'MacAddress' | 'HostConfig'> {
  const [first] = networks;
  const joined = engine === 'docker' ? networks.slice(0, 1) : networks;
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { container, host, hostIp = '', protocol = 'tcp' } of ports) {
    const key = `${container}/${protocol}`;
    bindings[key] = [...(bindings[key] ?? []), { HostIp: hostIp, HostPort: host === undefined ? '' : String(host) }];
  }
  return {
    ...(ports.length === 0 ? {} : { ExposedPorts: Object.fromEntries(Object.keys(bindings).map((key) => [key, {}])) }),
    ...(engine === 'docker' && first?.mac !== undefined ? { MacAddress: first.mac } : {}),
    ...(joined.length === 0
      ? {}
      : {
          NetworkingConfig: { EndpointsConfig: Object.fromEntries(joined.map((one) => [one.name, endpoint(one, id)])) },
        }),
    HostConfig: {
      // Without a name an engine of several defaults might choose another than its bridge.
      NetworkMode: first?.name ?? networkMode ?? 'bridge',
      ...(ports.length === 0 ? {} : { PortBindings: bindings }),
    },
  };
}

/** Its id is a name of it in every network, as a service's is in Compose. */
function endpoint({ aliases = [], address, address6, mac }: NetworkUse, id: string): Dockerode.EndpointSettings {
  return {
    Aliases: [...new Set([id, ...aliases])],
    ...(address === undefined && address6 === undefined
      ? {}
      : {
          IPAMConfig: {
            ...(address === undefined ? {} : { IPv4Address: address }),
            ...(address6 === undefined ? {} : { IPv6Address: address6 }),
          },
        }),
    ...(mac === undefined ? {} : { MacAddress: mac }),
  };
}

/** Connects a container to those of its networks in which it is not yet, in the order in which they are told. */
export async function connectMissing(
  engine: ApiEngine,
  container: { id: string; networks: Readonly<Record<string, unknown>> },
  networks: readonly NetworkUse[],
  doing: Doing,
  context: CallContext,
): Promise<void> {
  for (const one of networks) {
    if (Object.hasOwn(container.networks, one.name)) continue;
    await engine.dial(doing, context, {
      method: 'POST',
      path: `/networks/${encodeURIComponent(one.name)}/connect`,
      body: { Container: container.id, EndpointConfig: endpoint(one, doing.id) },
    });
  }
}
