import { isDeepStrictEqual } from 'node:util';
import type { ContainerSecurity, ContainerSpec } from '../../../../model/container-spec.ts';
import { type HealthCheck, restartPolicy, type Spec, stopPolicy } from '../../../../model/spec.ts';
import type { ApiEngine } from '../connection/engine.ts';
import { restartOf } from './body.ts';
import { describeNetworks, describePorts, describeVolumes } from './describe-outside.ts';
import type { Inspected } from './inspect.ts';
import { securityOf } from './security.ts';

/** What an image says of the containers made from it. */
export interface ImageDefaults {
  Cmd?: string[] | null;
  Entrypoint?: string[] | string | null;
  WorkingDir?: string;
  User?: string;
  Volumes?: Record<string, unknown> | null;
  StopSignal?: string;
  Healthcheck?: { Test?: string[] } | null;
}

/** A container as it is, and what it was made from. */
export interface Reality {
  inspected: Inspected;
  image: ImageDefaults;
  /** The descriptor's image is the very one that it was made from. */
  sameImage: boolean;
  engine: ApiEngine['name'];
  /** What relative paths are relative to. */
  dir: string;
}

/** Podman's own limit of processes, where nobody sets one. */
const PODMAN_PIDS = 2048;

/**
 * Describes a container by what differs from its image's and the engine's defaults. With a `told` of the descriptor, that spec with what differs in
 * reality in its place, in its own writing where both mean the same; variables that the container has otherwise are left out. Without one,
 * whatever may hold a secret is left out: command, variables, health check.
 */
export function describeContainer(told: Spec | undefined, real: Reality): Spec {
  const spec: Spec = told ?? {};
  const container = describeBlock(spec, real);
  const { env, restart, stop, resources, volumes, security, healthCheck, ...rest } = spec;
  const described: { [K in keyof Spec]: Spec[K] | undefined } = {
    ...rest,
    env: describeEnv(env, real),
    restart: describeRestart(spec, real),
    stop: describeStop(spec, real),
    resources: describeResources(resources, real),
    volumes: describeVolumes(volumes, real),
    security: describeSecurity(spec, real),
    healthCheck: told === undefined ? undefined : describeHealth(healthCheck, real),
    container: told === undefined ? without(container, ['command', 'args', 'entrypoint']) : container,
  };
  return defined(described) as Spec;
}

function describeBlock(spec: Spec, real: Reality): ContainerSpec {
  const { image, inspected, sameImage } = real;
  const { Config, HostConfig, Id } = inspected;
  const told: ContainerSpec = spec.container ?? { image: Config.Image };
  const user = spec.container?.user ?? securityOf(spec).user;
  const hostname = Config.Hostname === Id.slice(0, 12) || Config.Hostname === '' ? undefined : Config.Hostname;
  const block = {
    ...told,
    image: sameImage || told.image === Config.Image ? told.image : Config.Image,
    ...describeProgram(told, real),
    workdir: same(told.workdir ?? image.WorkingDir, Config.WorkingDir, folder, told.workdir),
    user: (user ?? image.User ?? '') === Config.User ? told.user : Config.User,
    hostname: told.hostname === hostname ? told.hostname : hostname,
    tty: flag(told.tty, Config.Tty),
    init: flag(told.init, HostConfig.Init),
    privileged: flag(told.privileged, HostConfig.Privileged),
    ports: describePorts(told.ports, HostConfig),
    ...describeNetworks(told, real),
    ...describeMore(told, HostConfig),
  };
  return defined(block) as ContainerSpec;
}

/** Command and entry point. A container with an entry point of its own has nothing of the image's command. */
function describeProgram(told: ContainerSpec, { inspected: { Config }, image }: Reality) {
  const real = { entrypoint: words(Config.Entrypoint), command: words(Config.Cmd) };
  const entrypoint = told.entrypoint ?? words(image.Entrypoint);
  const own = told.command !== undefined || told.args !== undefined;
  const inherited = told.entrypoint === undefined ? words(image.Cmd) : [];
  const command = own ? [...(told.command ?? []), ...(told.args ?? [])] : inherited;
  return {
    entrypoint: isDeepStrictEqual(words(entrypoint), real.entrypoint) ? told.entrypoint : real.entrypoint,
    ...(isDeepStrictEqual(command, real.command) ? {} : { command: real.command, args: undefined }),
  };
}

/** Limits of a container's own block. */
function describeMore(
  told: ContainerSpec,
  { Memory, MemorySwap, MemoryReservation, CpusetCpus }: Inspected['HostConfig'],
) {
  const swap = (MemorySwap ?? 0) > 0 && (Memory ?? 0) > 0 ? (MemorySwap ?? 0) - (Memory ?? 0) : undefined;
  return {
    memorySwap: told.memorySwap === undefined ? undefined : swap,
    memoryReservation: MemoryReservation || undefined,
    cpuset: CpusetCpus || undefined,
  };
}

/** Variables with the very value that was told; what others hold may be a secret. */
function describeEnv(told: Spec['env'], { inspected }: Reality): Spec['env'] {
  if (told === undefined) return undefined;
  const has = new Set(inspected.Config.Env);
  return Object.fromEntries(Object.entries(told).filter(([name, value]) => has.has(`${name}=${value}`)));
}

function describeRestart(spec: Spec, { inspected }: Reality): Spec['restart'] {
  const wanted = restartOf(restartPolicy(spec));
  const { Name, MaximumRetryCount = 0 } = inspected.HostConfig.RestartPolicy ?? {};
  const name = Name === undefined || Name === '' ? 'no' : Name;
  const always = name === 'always' || name === 'unless-stopped';
  if (always && wanted.Name === 'unless-stopped') return spec.restart;
  if (name === wanted.Name && (name !== 'on-failure' || MaximumRetryCount === wanted.MaximumRetryCount))
    return spec.restart;
  if (always) return { policy: 'always' };
  return name === 'on-failure' ? { policy: name, maxAttempts: MaximumRetryCount } : { policy: 'no' };
}

function describeStop(spec: Spec, { inspected, image }: Reality): Spec['stop'] {
  const { StopSignal, StopTimeout } = inspected.Config as { StopSignal?: string | number; StopTimeout?: number };
  const real = signalName(StopSignal);
  const usual = [stopPolicy(spec).signal, ...(spec.stop?.signal === undefined ? [image.StopSignal ?? 'SIGTERM'] : [])];
  const signal = real === undefined || usual.includes(real) ? spec.stop?.signal : real;
  // Podman says 0 for none.
  const grace =
    StopTimeout === undefined || StopTimeout === 0 || StopTimeout === Math.ceil(stopPolicy(spec).gracePeriod);
  // pj tells the engine the time with every stop, so that what the container was made with matters only where nothing is told.
  const gracePeriod = grace || spec.stop?.gracePeriod !== undefined ? spec.stop?.gracePeriod : StopTimeout;
  const stop = defined({ ...spec.stop, signal, gracePeriod });
  return Object.keys(stop).length === 0 ? undefined : (stop as Spec['stop']);
}

/** Podman tells a number. */
const signalName = (signal: string | number | undefined): string | undefined => {
  if (signal === undefined || signal === '') return undefined;
  return /^\d+$/.test(String(signal)) ? (Number(signal) === 15 ? 'SIGTERM' : undefined) : String(signal);
};

function describeResources(told: Spec['resources'], { inspected: { HostConfig }, engine }: Reality): Spec['resources'] {
  const { NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0, Memory = 0, PidsLimit } = HostConfig;
  const cpu = NanoCpus > 0 ? NanoCpus / 1e9 : CpuQuota > 0 ? CpuQuota / (CpuPeriod || 100_000) : undefined;
  const usual = engine === 'podman' && PidsLimit === PODMAN_PIDS && told?.maxProcesses === undefined;
  const maxProcesses = usual || (PidsLimit ?? 0) <= 0 ? undefined : (PidsLimit ?? undefined);
  const resources = defined({ ...told, cpu, memory: Memory || undefined, maxProcesses });
  return Object.keys(resources).length === 0 ? undefined : (resources as Spec['resources']);
}

function describeSecurity(spec: Spec, { inspected: { HostConfig }, engine }: Reality): Spec['security'] {
  const wanted = securityOf(spec);
  const told = spec.security as ContainerSecurity | undefined;
  const caps = (list: readonly string[] | null | undefined): string[] =>
    (list ?? []).map((one) => one.toUpperCase().replace(/^CAP_/, '')).sort();
  const keep = <K extends keyof ContainerSecurity>(key: K, equal: boolean, real: ContainerSecurity[K]) =>
    ({ [key]: equal ? told?.[key] : real }) as Partial<ContainerSecurity>;
  // Podman tells each of the capabilities that are gone.
  const allGone =
    engine === 'podman' && wanted.capDrop?.includes('ALL') === true && caps(HostConfig.CapDrop).length > 0;
  const options: string[] = HostConfig.SecurityOpt ?? [];
  const bound = options.some((one) => /^no-new-privileges(?!.*false)/.test(one));
  const lists = (key: 'capAdd' | 'capDrop', real: readonly string[] | null | undefined) =>
    keep(key, isDeepStrictEqual(caps(wanted[key]), caps(real)), caps(real));
  const privileged = HostConfig.Privileged === true;
  const security = defined({
    ...told,
    ...(privileged ? {} : lists('capAdd', HostConfig.CapAdd)),
    ...(allGone || privileged ? {} : lists('capDrop', HostConfig.CapDrop)),
    ...keep(
      'readOnlyRoot',
      (wanted.readOnlyRoot ?? false) === (HostConfig.ReadonlyRootfs ?? false),
      HostConfig.ReadonlyRootfs,
    ),
    ...keep('noNewPrivileges', (wanted.noNewPrivileges ?? false) === bound, bound),
  });
  return Object.keys(security).length === 0 ? undefined : (security as Spec['security']);
}

/** Checks that pj makes itself are no matter of the container. */
function describeHealth(told: HealthCheck | undefined, { inspected, image }: Reality): HealthCheck | undefined {
  const test = (inspected.Config as { Healthcheck?: { Test?: string[] } }).Healthcheck?.Test ?? [];
  const real = test.length === 0 || test[0] === 'NONE' ? undefined : commandOf(test);
  if (told !== undefined && told.type !== 'exec' && told.type !== 'engine') return told;
  if (told?.type === 'engine') return real === undefined ? undefined : told;
  if (told === undefined && isDeepStrictEqual(test, image.Healthcheck?.Test ?? [])) return undefined;
  if (real === undefined) return undefined;
  return isDeepStrictEqual(told?.command, real) ? told : { ...told, type: 'exec', command: real };
}

const commandOf = ([how, ...rest]: string[]): string[] => (how === 'CMD-SHELL' ? ['sh', '-c', ...rest] : rest);

/** Docker knows an emptied entry point as one empty word. */
function words(list: string[] | string | null | undefined): string[] {
  const all = typeof list === 'string' ? [list] : (list ?? []);
  return all.length === 1 && all[0] === '' ? [] : all;
}

const folder = (path: string | undefined): string => (path === undefined || path === '' ? '/' : path);

const same = <T>(wanted: T, real: T, as: (value: T) => unknown, told: T): T => (as(wanted) === as(real) ? told : real);

const flag = (told: boolean | undefined, real: boolean | null | undefined): boolean | undefined =>
  (told ?? false) === (real ?? false) ? told : (real ?? false);

const without = <T extends object>(of: T, keys: readonly (keyof T)[]): T =>
  Object.fromEntries(Object.entries(of).filter(([key]) => !keys.includes(key as keyof T))) as T;

const defined = (of: object): object =>
  Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));
