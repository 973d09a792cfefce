import { resolve } from 'node:path';
import type { ContainerSpec, PortMapping } from '../../../../model/container-spec.ts';
import type { Volume } from '../../../../model/spec.ts';
import type { Reality } from './describe-container.ts';
import type { Inspected } from './inspect.ts';

/** An engine's name for a volume that nobody named. */
const ANONYMOUS = /^[0-9a-f]{64}$/;
/** An engine's own network, in which a container is that names none. */
const USUAL = { docker: 'bridge', podman: 'podman' };

/** What Podman lets be written to beside a read-only root. */
const WRITABLE = ['/run', '/tmp', '/var/tmp'];

/** The ports that it publishes, in the order that was told. A port that the engine may choose fits any. */
export function describePorts(
  told: readonly PortMapping[] | undefined,
  { PortBindings }: Inspected['HostConfig'],
): PortMapping[] | undefined {
  const bindings = (PortBindings ?? {}) as Record<string, { HostIp?: string; HostPort?: string }[] | null>;
  const real = Object.entries(bindings).flatMap(([key, all]) => (all ?? []).map((one) => portOf(key, one)));
  const fits = (a: PortMapping, b: PortMapping): boolean =>
    a.container === b.container &&
    (a.protocol ?? 'tcp') === (b.protocol ?? 'tcp') &&
    (a.host === undefined || a.host === b.host) &&
    anywhere(a.hostIp) === anywhere(b.hostIp);
  return matched(told, real, fits);
}

function portOf(key: string, { HostIp, HostPort }: { HostIp?: string; HostPort?: string }): PortMapping {
  const [port, protocol = 'tcp'] = key.split('/');
  const host = Number(HostPort ?? 0);
  return {
    container: Number(port),
    ...(host > 0 ? { host } : {}),
    ...(anywhere(HostIp) === '' ? {} : { hostIp: String(HostIp) }),
    ...(protocol === 'tcp' ? {} : { protocol: protocol as 'udp' | 'sctp' }),
  };
}

const anywhere = (address: string | undefined): string =>
  address === undefined || address === '0.0.0.0' || address === '::' ? '' : address;

/** The networks that it is in beside the engine's own. */
export function describeNetworks(
  told: ContainerSpec,
  { inspected, engine }: Reality,
): Partial<Record<'networks' | 'networkMode', unknown>> {
  const mode = inspected.HostConfig.NetworkMode ?? '';
  const names = Object.keys(inspected.NetworkSettings.Networks ?? {});
  const networkMode = mode === 'host' || mode === 'none' ? mode : told.networkMode === 'bridge' ? 'bridge' : undefined;
  if (networkMode === 'host' || networkMode === 'none') return { networkMode, networks: undefined };
  const real = names.filter((name) => name !== USUAL[engine]).map((name) => ({ name }));
  return { networkMode, networks: matched(told.networks, real, (a, b) => a.name === b.name) };
}

/** What is mounted into it, without what every container of its image has. */
export function describeVolumes(
  told: readonly Volume[] | undefined,
  { inspected, image, dir, engine }: Reality,
): Volume[] | undefined {
  const inherited = Object.keys(image.Volumes ?? {});
  const mounted = (inspected.Mounts ?? []).flatMap((one): Volume[] => {
    const { Type, Name, Source, Destination: path, RW } = one;
    const readOnly = RW ? {} : { readOnly: true };
    if (Type === 'bind') return [{ type: 'bind', path, source: Source, ...readOnly }];
    if (Type !== 'volume') return [];
    if (Name === undefined || !ANONYMOUS.test(Name))
      return [{ type: 'persistent', path, ...(Name === undefined ? {} : { name: Name }), ...readOnly }];
    const wanted = told?.some((volume) => volume.path === path) === true;
    return inherited.includes(path) && !wanted ? [] : [{ type: 'ephemeral', path }];
  });
  const given = engine === 'podman' && inspected.HostConfig.ReadonlyRootfs === true ? WRITABLE : [];
  const memory = Object.keys((inspected.HostConfig.Tmpfs ?? {}) as Record<string, string>).filter(
    (path) => !given.includes(path) || told?.some((volume) => volume.path === path) === true,
  );
  const real = [...mounted, ...memory.map((path): Volume => ({ type: 'tmpfs', path }))];
  const place = (one: Volume): string =>
    one.type === 'bind' ? resolve(dir, one.source ?? '') : one.type === 'tmpfs' ? 'tmpfs' : (one.name ?? '');
  const fits = (a: Volume, b: Volume): boolean =>
    a.path === b.path &&
    (a.type === 'bind') === (b.type === 'bind') &&
    place(a) === place(b) &&
    (b.type === 'tmpfs' || (a.readOnly ?? false) === (b.readOnly ?? false));
  return matched(told, real, fits);
}

/** What was told as far as it is so, in its own writing and order; then what else is there. Nothing where there is neither. */
function matched<T>(
  told: readonly T[] | undefined,
  real: readonly T[],
  fits: (told: T, real: T) => boolean,
): T[] | undefined {
  const left = [...real];
  const kept = (told ?? []).filter((one) => {
    const at = left.findIndex((other) => fits(one, other));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  const all = [...kept, ...left];
  return all.length === 0 && told?.length !== 0 ? undefined : all;
}
