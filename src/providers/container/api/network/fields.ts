import type { NetworkSpec } from '../../../../model/container-spec.ts';
import { type Json, type JsonObject, type Pointer, pointer } from '../../../../model/json.ts';
import { sameAddress, sameCidr } from '../../cidr.ts';
import type { ApiEngine } from '../connection/engine.ts';
import { withFields } from '../described.ts';
import { optionIn, podmanRangeText } from './body.ts';
import type { SeenNetwork } from './seen-network.ts';

/** What reality has of what the user set, in the user's own writing where both mean the same. */
export function networkFields(spec: NetworkSpec, seen: SeenNetwork, engine: ApiEngine['name']): Record<Pointer, Json> {
  const fields: Record<Pointer, Json> = {};
  if (spec.external === true) return fields;
  const tell = (value: Json | undefined, ...path: string[]): void => {
    fields[pointer('network', ...path)] = value ?? null;
  };
  if (spec.driver !== undefined) tell(seen.driver, 'driver');
  if (spec.internal !== undefined) tell(seen.internal, 'internal');
  if (spec.ipv6 !== undefined) tell(seen.ipv6, 'ipv6');
  const { subnet, gateway, ipRange } = spec;
  if (subnet !== undefined) {
    const found = seen.subnets.find((one) => sameCidr(one.subnet, subnet)) ?? seen.subnets[0];
    tell(found !== undefined && sameCidr(found.subnet, subnet) ? subnet : found?.subnet, 'subnet');
    if (gateway !== undefined)
      tell(found?.gateway !== undefined && sameAddress(found.gateway, gateway) ? gateway : found?.gateway, 'gateway');
    if (ipRange !== undefined) {
      const same = engine === 'podman' ? found?.range === podmanRangeText(spec) : sameCidr(found?.range ?? '', ipRange);
      tell(same ? ipRange : found?.range, 'ipRange');
    }
  }
  for (const name of Object.keys(spec.options ?? {})) tell(optionIn(seen, engine, name), 'options', name);
  for (const name of Object.keys(spec.labels ?? {})) tell(seen.labels[name], 'labels', name);
  return fields;
}

/** `name`, `engineId`, `driver`, and `subnet` and `gateway` (IPv4 first), `subnet6` and `gateway6` where it has both. */
export function networkAttributes(seen: SeenNetwork): JsonObject {
  const v6 = seen.subnets.find(({ subnet }) => subnet.includes(':'));
  const first = seen.subnets.find(({ subnet }) => !subnet.includes(':')) ?? v6;
  return {
    name: seen.name,
    engineId: seen.id.slice(0, 12),
    driver: seen.driver,
    ...(first === undefined ? {} : { subnet: first.subnet }),
    ...(first?.gateway === undefined ? {} : { gateway: first.gateway }),
    ...(v6 === undefined || v6 === first ? {} : { subnet6: v6.subnet }),
    ...(v6?.gateway === undefined || v6 === first ? {} : { gateway6: v6.gateway }),
  };
}

/** A network that others have made, as a spec: what a descriptor says of it, with what reality has in its place. */
export function describeNetwork(
  seen: SeenNetwork,
  told: NetworkSpec | undefined,
  engine: ApiEngine['name'],
): NetworkSpec {
  if (told === undefined) {
    return {
      name: seen.name,
      runtime: engine,
      ...(seen.driver === 'bridge' ? {} : { driver: seen.driver }),
      ...(seen.internal ? { internal: true } : {}),
      ...(seen.ipv6 ? { ipv6: true } : {}),
    };
  }
  return { ...withFields('network', told, networkFields(told, seen, engine)), name: seen.name };
}
