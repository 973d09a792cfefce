import type Dockerode from 'dockerode';
import { PjError } from '../../../../errors.ts';
import { containerName } from '../../../../model/container-spec.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { Identity } from '../../../../model/record.ts';
import type { CallContext } from '../../../contract.ts';
import { identityOf, isSame } from '../../../marks.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { ALL_CONTAINERS } from '../connection/lists.ts';
import { withWholeRanges } from './podman-ports.ts';

/** A container as the list of an engine has it. */
export interface SeenContainer {
  id: string;
  /** Without the leading slash. */
  name: string;
  /** As the container was made with: a tag may point elsewhere by now. */
  image: string;
  imageId: string;
  /** `created`, `running`, `paused`, `restarting`, `removing`, `exited`, `dead`; Podman also `configured`, `initialized`, `stopped`. */
  state: string;
  /** For people: `Exited (137) 3 minutes ago`. */
  status: string;
  labels: Record<string, string>;
  /** By the engine's names of the networks. */
  networks: Record<string, { id: string; address: string; address6: string }>;
  ports: { container: number; host?: number; hostIp?: string; protocol: string }[];
}

/** The containers of an engine, running or not; one call for all. `labels`: `key=value`, all of which must be there. */
export async function seeContainers(
  engine: ApiEngine,
  doing: Doing,
  context: CallContext,
  filter: { name?: string; id?: string; labels?: string[] } = {},
): Promise<SeenContainer[]> {
  const { name, id, labels } = filter;
  const filters = {
    // Both are patterns that match anywhere.
    ...(name === undefined ? {} : { name: [name] }),
    ...(id === undefined ? {} : { id: [id] }),
    ...(labels === undefined ? {} : { label: labels }),
  };
  const query: Record<string, string> =
    Object.keys(filters).length === 0 ? { all: 'true' } : { all: 'true', filters: JSON.stringify(filters) };
  const all = await engine.dial<Dockerode.ContainerInfo[] | undefined>(doing, context, { ...ALL_CONTAINERS, query });
  const seen = await withWholeRanges(engine, (all ?? []).map(seenFrom), query, doing, context);
  return seen.filter((one) => (name === undefined || one.name === name) && (id === undefined || one.id === id));
}

function seenFrom(one: Dockerode.ContainerInfo): SeenContainer {
  const networks = Object.entries(one.NetworkSettings?.Networks ?? {}).map(
    ([name, { NetworkID, IPAddress, GlobalIPv6Address }]) =>
      [name, { id: NetworkID, address: IPAddress ?? '', address6: GlobalIPv6Address ?? '' }] as const,
  );
  return {
    id: one.Id,
    name: one.Names[0]?.replace(/^\//, '') ?? one.Id.slice(0, 12),
    image: one.Image,
    imageId: one.ImageID,
    state: one.State,
    status: one.Status,
    labels: one.Labels ?? {},
    networks: Object.fromEntries(networks),
    ports: (one.Ports ?? []).map(({ PrivatePort, PublicPort, IP, Type }) => ({
      container: PrivatePort,
      protocol: Type,
      ...(PublicPort === undefined || PublicPort === 0 ? {} : { host: PublicPort }),
      ...(IP === undefined || IP === '' ? {} : { hostIp: IP }),
    })),
  };
}

/** Whose it is by its marks. An image that was made of a container hands its labels on, so a container of another name was made by somebody else. */
export function makerOf({ name, labels }: Pick<SeenContainer, 'name' | 'labels'>): Identity | undefined {
  const owner = identityOf(labels);
  return owner !== undefined && name === containerName(owner.project, owner.id, owner.generation) ? owner : undefined;
}

/** Made by this very state, or taken over by it; by its id in the engine where it was renamed since. */
export function isOwn(
  seen: Pick<SeenContainer, 'id' | 'name' | 'labels'>,
  identity: Identity,
  handle: JsonObject | null,
): boolean {
  const same = handle?.['id'] === seen.id;
  if (same && handle?.['imported'] === true) return true;
  return isSame(makerOf(seen), identity) || (same && identityOf(seen.labels)?.lineage === identity.lineage);
}

/** What is kept of a container: enough to reach it again, nothing secret. */
export function handleOf(seen: Pick<SeenContainer, 'id' | 'name'>, engine: ApiEngine): JsonObject {
  return { runtime: engine.name, id: seen.id, name: seen.name };
}

/** What other workloads can refer to: name, engineId, image, address (in its first network), addresses by network, ports by container port. */
export function attributesOf(seen: SeenContainer): JsonObject {
  const addresses = Object.entries(seen.networks).filter(([, { address }]) => address !== '');
  const ports = seen.ports.flatMap(({ container, host }) => (host === undefined ? [] : [[String(container), host]]));
  return {
    name: seen.name,
    engineId: seen.id,
    image: seen.image,
    ...(addresses[0] === undefined ? {} : { address: addresses[0][1].address }),
    ...(addresses.length === 0
      ? {}
      : { addresses: Object.fromEntries(addresses.map(([name, { address }]) => [name, address])) }),
    ...(ports.length === 0 ? {} : { ports: Object.fromEntries(ports) as JsonObject }),
  };
}

/** The error where a runtime's part is called that is not there. */
export function gone(engine: ApiEngine, doing: Doing): PjError {
  return new PjError('PJ5407', { engine: engine.label, ...doing, reason: 'it is not there any more' });
}
