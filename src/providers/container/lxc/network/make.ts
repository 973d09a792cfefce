import type { NetworkSpec } from '../../../../model/container-spec.ts';
import { type Json, type JsonObject, type Pointer, pointer } from '../../../../model/json.ts';
import { hostRoutes } from '../../../../os/routes.ts';
import { withFields } from '../../api/described.ts';
import { addressText, overlap, parseCidr, sameAddress, sameCidr } from '../../cidr.ts';
import { bridgeName } from './bridges.ts';
import type { NetworkFacts, SeenNetwork } from './seen-network.ts';

/** The ways to say how big a packet may be, Docker's too, so that a descriptor fits both. */
const MTU = ['mtu', 'com.docker.network.driver.mtu'];

/** Subnets that pj takes where the spec has none. */
const POOL = Array.from({ length: 256 }, (_, i) => `10.209.${i}.0/24`);

export const unknownOptions = ({ options = {} }: NetworkSpec): string[] =>
  Object.keys(options).filter((key) => !MTU.includes(key));

/** What a network is to be made of; undefined where no subnet is free. */
export function factsOf(spec: NetworkSpec, dir: string, others: readonly SeenNetwork[]): NetworkFacts | undefined {
  const subnet = spec.subnet ?? freeSubnet(others);
  const block = subnet === undefined ? undefined : parseCidr(subnet);
  if (subnet === undefined || block === undefined) return undefined;
  const mtu = Object.entries(spec.options ?? {}).find(([key]) => MTU.includes(key))?.[1];
  return {
    bridge: bridgeName(dir),
    subnet,
    gateway: spec.gateway ?? addressText(4, block.first + 1n),
    ...(spec.ipRange === undefined ? {} : { ipRange: spec.ipRange }),
    internal: spec.internal === true,
    ...(mtu === undefined ? {} : { mtu: Number(mtu) }),
  };
}

function freeSubnet(others: readonly SeenNetwork[]): string | undefined {
  const used = [...others.map(({ marks }) => marks.facts.subnet), ...hostRoutes().map(({ network }) => network)];
  return POOL.find((one) => overlapping(one, used).length === 0);
}

/** Those of the subnets that have addresses of `subnet`. */
export function overlapping(subnet: string, all: readonly string[]): string[] {
  const block = parseCidr(subnet);
  return all.filter((one) => {
    const other = parseCidr(one);
    return block !== undefined && other !== undefined && overlap(block, other);
  });
}

/** What reality has of what the user set, in the user's own writing where both mean the same. */
export function networkFields(spec: NetworkSpec, { marks }: SeenNetwork): Record<Pointer, Json> {
  const { facts, labels } = marks;
  const fields: Record<Pointer, Json> = {};
  if (spec.external === true) return fields;
  const tell = (value: Json | undefined, ...path: string[]): void => {
    fields[pointer('network', ...path)] = value ?? null;
  };
  if (spec.driver !== undefined) tell('bridge', 'driver');
  if (spec.internal !== undefined) tell(facts.internal, 'internal');
  if (spec.subnet !== undefined) tell(sameCidr(facts.subnet, spec.subnet) ? spec.subnet : facts.subnet, 'subnet');
  if (spec.gateway !== undefined)
    tell(sameAddress(facts.gateway, spec.gateway) ? spec.gateway : facts.gateway, 'gateway');
  if (spec.ipRange !== undefined) tell(facts.ipRange, 'ipRange');
  for (const name of Object.keys(spec.options ?? {}))
    tell(facts.mtu === undefined ? undefined : String(facts.mtu), 'options', name);
  for (const name of Object.keys(spec.labels ?? {})) tell(labels[name], 'labels', name);
  return fields;
}

/** As on the other runtimes, and the `bridge`. */
export const networkAttributes = ({ name, marks }: SeenNetwork): JsonObject => ({
  name,
  engineId: name,
  driver: 'bridge',
  subnet: marks.facts.subnet,
  gateway: marks.facts.gateway,
  bridge: marks.facts.bridge,
});

/** A network that another state has let go, as a spec. */
export function describeNetwork(seen: SeenNetwork, told: NetworkSpec | undefined): NetworkSpec {
  if (told !== undefined) return { ...withFields('network', told, networkFields(told, seen)), name: seen.name };
  const { internal } = seen.marks.facts;
  return { name: seen.name, runtime: 'lxc', ...(internal ? { internal } : {}) };
}
