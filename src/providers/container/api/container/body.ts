import type Dockerode from 'dockerode';
import type { ContainerSpec } from '../../../../model/container-spec.ts';
import type { Identity } from '../../../../model/record.ts';
import { shellWord } from '../../../../model/shell-word.ts';
import {
  DEFAULT_HEALTH,
  type HealthCheck,
  type RestartPolicy,
  restartPolicy,
  type Spec,
  stopPolicy,
} from '../../../../model/spec.ts';
import { marksOf } from '../../../marks.ts';
import type { ApiEngine } from '../connection/engine.ts';
import { limitsOf, ratesOf } from './limits.ts';
import { mountsOf } from './mounts.ts';
import { networksOf } from './networks.ts';
import { profileMark, securityConfig, securityOf } from './security.ts';

/** What makes a container of a spec, its marks in it. `dir`: what paths in the spec are relative to. */
export function containerBody(
  engine: ApiEngine,
  spec: Spec,
  identity: Identity,
  made: { specDigest: string; dir: string },
): Dockerode.ContainerCreateOptions {
  const container = spec.container ?? { image: '' };
  const networks = networksOf(container, engine.name, identity.id);
  const mounts = mountsOf(spec.volumes ?? [], made.dir);
  const user = container.user ?? securityOf(spec).user;
  return {
    Image: container.image,
    ...programOf(container),
    ...(user === undefined ? {} : { User: user }),
    ...(spec.env === undefined ? {} : { Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`) }),
    Labels: { ...container.labels, ...marksOf(identity, made.specDigest), ...profileMark(spec, made.dir) },
    // Where the spec says none, that of the image holds.
    ...(spec.stop?.signal === undefined ? {} : { StopSignal: spec.stop.signal }),
    StopTimeout: Math.ceil(stopPolicy(spec).gracePeriod),
    ...(spec.healthCheck === undefined ? {} : healthOf(spec.healthCheck, engine.name)),
    ...networks,
    ...mounts,
    HostConfig: {
      RestartPolicy: restartOf(restartPolicy(spec)),
      ...limitsOf(spec, engine),
      ...(container.blkio === undefined ? {} : ratesOf(container.blkio)),
      ...securityConfig(spec, engine, made.dir, identity.id),
      ...surroundings(container),
      ...networks.HostConfig,
      ...mounts.HostConfig,
    },
  };
}

function programOf({
  command,
  args,
  entrypoint,
  workdir,
  hostname,
  tty,
}: ContainerSpec): Dockerode.ContainerCreateOptions {
  return {
    ...(command === undefined && args === undefined ? {} : { Cmd: [...(command ?? []), ...(args ?? [])] }),
    // An empty list would leave the image's own.
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint.length === 0 ? [''] : entrypoint }),
    ...(workdir === undefined ? {} : { WorkingDir: workdir }),
    ...(hostname === undefined ? {} : { Hostname: hostname }),
    ...(tty === undefined ? {} : { Tty: tty }),
  };
}

function surroundings({
  dns,
  extraHosts,
  init,
  ulimits,
  sysctls,
  shmSize,
  devices,
  gpus,
  logging,
}: ContainerSpec): Dockerode.HostConfig {
  return {
    ...(dns === undefined ? {} : { Dns: dns }),
    ...(extraHosts === undefined
      ? {}
      : { ExtraHosts: Object.entries(extraHosts).map(([name, address]) => `${name}:${address}`) }),
    ...(init === undefined ? {} : { Init: init }),
    ...(ulimits === undefined
      ? {}
      : { Ulimits: Object.entries(ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })) }),
    ...(sysctls === undefined ? {} : { Sysctls: sysctls }),
    ...(shmSize === undefined ? {} : { ShmSize: shmSize }),
    ...(devices === undefined ? {} : { Devices: devices.map(deviceOf) }),
    ...(gpus === undefined ? {} : { DeviceRequests: [gpuRequest(gpus)] }),
    ...(logging === undefined ? {} : { LogConfig: loggingOf(logging) }),
  };
}

/** `host[:container[:rwm]]`. */
function deviceOf(text: string): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  const [host = '', inside = host, rights = 'rwm'] = text.split(':');
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: rights };
}

function gpuRequest(gpus: NonNullable<ContainerSpec['gpus']>): Dockerode.DeviceRequest {
  const which = Array.isArray(gpus) ? { DeviceIDs: gpus } : { Count: gpus === 'all' ? -1 : gpus };
  return { ...which, Capabilities: [['gpu']] };
}

/** Rotation is a matter of the driver that writes files, which is both engines' own where none is told. */
function loggingOf({ driver = 'json-file', maxSize, maxFiles, options }: NonNullable<ContainerSpec['logging']>) {
  const rotation = {
    ...(maxSize === undefined ? {} : { 'max-size': String(maxSize) }),
    ...(maxFiles === undefined ? {} : { 'max-file': String(maxFiles) }),
  };
  return { Type: driver, Config: { ...rotation, ...options } };
}

/** The restart policy as engines have it. What is stopped by hand stays so, even when the engine is started anew. */
export function restartOf({ policy, maxAttempts }: RestartPolicy): Dockerode.HostRestartPolicy {
  if (policy === 'always') return { Name: 'unless-stopped' };
  return policy === 'no' ? { Name: 'no' } : { Name: 'on-failure', MaximumRetryCount: maxAttempts };
}

/** The check that the engine is to run: the command of `exec`; of `engine` what the image says, where the user said nothing else. */
function healthOf(
  check: HealthCheck,
  engine: ApiEngine['name'],
): Pick<Dockerode.ContainerCreateOptions, 'Healthcheck'> {
  const { enabled, type, command } = check;
  if (enabled === false) return { Healthcheck: { Test: ['NONE'] } };
  if (type === 'engine') return timesOf(check);
  if (type !== 'exec' || command === undefined) return {};
  return timesOf({ ...DEFAULT_HEALTH, ...check }, engine === 'podman' ? podmanTest(command) : ['CMD', ...command]);
}

/** Podman 4 breaks the words of a check at spaces; what a shell is given it leaves whole. */
function podmanTest(command: readonly string[]): string[] {
  const [shell = '', option, script, ...more] = command;
  if (/^(\/bin\/)?sh$/.test(shell) && option === '-c' && script !== undefined && more.length === 0)
    return ['CMD-SHELL', script];
  return command.some((word) => /\s/.test(word))
    ? ['CMD-SHELL', command.map(shellWord).join(' ')]
    : ['CMD', ...command];
}

function timesOf({ interval, timeout, retries, startPeriod }: HealthCheck, test?: string[]) {
  const times = {
    ...(test === undefined ? {} : { Test: test }),
    ...(interval === undefined ? {} : { Interval: nanoseconds(interval) }),
    ...(timeout === undefined ? {} : { Timeout: nanoseconds(timeout) }),
    ...(retries === undefined ? {} : { Retries: retries }),
    ...(startPeriod === undefined ? {} : { StartPeriod: nanoseconds(startPeriod) }),
  };
  return Object.keys(times).length === 0 ? {} : { Healthcheck: times };
}

const nanoseconds = (seconds: number): number => Math.round(seconds * 1e9);
