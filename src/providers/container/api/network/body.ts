import { createHash } from 'node:crypto';
import type { NetworkSpec } from '../../../../model/container-spec.ts';
import type { Identity } from '../../../../model/record.ts';
import { marksOf } from '../../../marks.ts';
import { addressText, parseCidr, usable } from '../../cidr.ts';
import type { ApiEngine, Request } from '../connection/engine.ts';

const MTU = 'com.docker.network.driver.mtu';
const BRIDGE = 'com.docker.network.bridge.name';
/** The first Docker that finds a free IPv6 subnet by itself. */
const FINDS_IPV6 = 27;

/** The request that makes a network, its marks in it. */
export function createNetwork(
  engine: Pick<ApiEngine, 'name' | 'version'>,
  spec: NetworkSpec,
  identity: Identity,
  specDigest: string,
): Request {
  const labels = { ...spec.labels, ...marksOf(identity, specDigest) };
  return engine.name === 'podman' ? forPodman(spec, labels) : forDocker(engine.version, spec, identity, labels);
}

function forDocker(version: string, spec: NetworkSpec, identity: Identity, labels: Record<string, string>): Request {
  const { name, driver = 'bridge', internal = false, ipv6 = false, subnet, gateway, ipRange, options = {} } = spec;
  const config = [
    ...(subnet === undefined
      ? []
      : [
          {
            Subnet: subnet,
            ...(gateway === undefined ? {} : { Gateway: gateway }),
            ...(ipRange === undefined ? {} : { IPRange: ipRange }),
          },
        ]),
    ...(ipv6 && !isV6(subnet) && Number.parseInt(version, 10) < FINDS_IPV6
      ? [{ Subnet: uniqueLocal(identity, name) }]
      : []),
  ];
  return {
    method: 'POST',
    path: '/networks/create',
    body: {
      Name: name,
      CheckDuplicate: true,
      Driver: driver,
      Internal: internal,
      EnableIPv6: ipv6 || isV6(subnet),
      Attachable: driver === 'overlay',
      IPAM: { Driver: 'default', Config: config },
      Options: options,
      Labels: labels,
    },
  };
}

function forPodman(spec: NetworkSpec, labels: Record<string, string>): Request {
  const { name, driver = 'bridge', internal = false, ipv6 = false, subnet, gateway, ipRange, options = {} } = spec;
  const { [BRIDGE]: bridge, parent, ...others } = options;
  const device = bridge ?? (driver === 'bridge' ? undefined : parent);
  const range = podmanRange(spec);
  return {
    method: 'POST',
    path: '/libpod/networks/create',
    body: {
      name,
      driver,
      internal,
      ipv6_enabled: ipv6 || isV6(subnet),
      // Aliases are names that its name server tells.
      dns_enabled: driver === 'bridge',
      labels,
      options: podmanOptions(device === undefined ? options : others),
      ...(device === undefined ? {} : { network_interface: device }),
      ...(subnet === undefined
        ? {}
        : {
            subnets: [
              {
                subnet,
                ...(gateway === undefined ? {} : { gateway }),
                ...(ipRange === undefined || range === undefined ? {} : { lease_range: range }),
              },
            ],
          }),
    },
  };
}

/** The range as Podman has it: first and last address. */
function podmanRange({ subnet, ipRange }: NetworkSpec): { start_ip: string; end_ip: string } | undefined {
  const [block, range] = [subnet, ipRange].map((text) => (text === undefined ? undefined : parseCidr(text)));
  if (block === undefined || range === undefined) return undefined;
  const { first, last } = usable(range, block);
  return { start_ip: first, end_ip: last };
}

/** The range as `seeNetworks` gives it of Podman. */
export function podmanRangeText(spec: NetworkSpec): string | undefined {
  const range = podmanRange(spec);
  return range === undefined ? undefined : `${range.start_ip}-${range.end_ip}`;
}

function podmanOptions(options: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name === MTU ? 'mtu' : name, value]));
}

/** What an engine has of an option under Docker's name of it. */
export function optionIn(
  seen: { options: Record<string, string>; device?: string },
  engine: ApiEngine['name'],
  name: string,
): string | undefined {
  if (engine === 'docker') return seen.options[name];
  if (name === BRIDGE || name === 'parent') return seen.options[name] ?? seen.device;
  return seen.options[name] ?? (name === MTU ? seen.options['mtu'] : undefined);
}

const isV6 = (subnet: string | undefined): boolean => subnet?.includes(':') === true;

/** A subnet of IPv6's unique local addresses (RFC 4193) that is the same whenever the network is made: fd and 56 bits of a hash, /64. */
function uniqueLocal({ lineage }: Identity, name: string): string {
  const hash = createHash('sha256').update(`${lineage}/${name}`).digest('hex').slice(0, 14);
  return `${addressText(6, BigInt(`0xfd${hash}`) << 64n)}/64`;
}
