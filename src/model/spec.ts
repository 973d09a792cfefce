import type { ContainerSpec, NetworkSpec, VolumeSpec } from './container-spec.ts';
import type { JavaSpec, JvmSpec } from './java-spec.ts';
import type { JsonObject } from './json.ts';
import type { VmSpec } from './vm-spec.ts';

/**
 * A workload's spec, normalised: only what the user set, in base units (bytes, cores, seconds). Any string value may be a
 * template leaf instead (see template.ts) until it is resolved for the engine. Defaults are not filled in, so that a new
 * default in a new pj version changes nobody's plan; the functions below give what holds where nothing was set.
 */
export type Spec = {
  name?: string;
  description?: string;
  version?: string;
  tags?: Record<string, string>;
  env?: Record<string, string>;
  properties?: Record<string, string>;
  resources?: Resources;
  healthCheck?: HealthCheck;
  restart?: Partial<RestartPolicy>;
  stop?: Partial<StopPolicy>;
  volumes?: Volume[];
  security?: JsonObject;
  monitoring?: Monitoring;
  native?: NativeSpec;
  external?: ExternalSpec;
  container?: ContainerSpec;
  network?: NetworkSpec;
  volume?: VolumeSpec;
  vm?: VmSpec;
  java?: JavaSpec;
  jvm?: JvmSpec;
};

export type EnforcedResource = 'cpu' | 'memory' | 'disk' | 'threads';
export type EnforcementAction = 'NOTIFY' | 'THROTTLE' | 'SHUTDOWN' | 'KILL';

export type Resources = {
  /** Cores; fractions are allowed. */
  cpu?: number;
  /** Bytes. */
  memory?: number;
  /** Bytes. */
  disk?: number;
  maxThreads?: number;
  maxProcesses?: number;
  /** gracePeriod: consecutive samples over quota before it acts, default 3. */
  enforcement?: Partial<Record<EnforcedResource, { action: EnforcementAction; gracePeriod?: number }>>;
};

export type HealthCheck = {
  enabled?: boolean;
  /**
   * Default `process`: the engine says that it runs. `log`: a line of its output matches `pattern`. `engine`: the check that the image brings,
   * run by the engine (containers); that the guest agent answers (virtual machines).
   */
  type?: 'http' | 'tcp' | 'exec' | 'process' | 'log' | 'engine';
  url?: string;
  /** For tcp (and http without url): the port, on `host` (default 127.0.0.1, or the workload's address). */
  port?: number;
  host?: string;
  path?: string;
  command?: string[];
  pattern?: string;
  /** http: the status codes that count as healthy; default 200–399. */
  expectedStatus?: number[];
  /** Seconds between probes, default 1 while starting. */
  interval?: number;
  /** Seconds that one probe may take, default 5. */
  timeout?: number;
  /** Failed probes in a row after startPeriod before it counts as unhealthy, default 3. */
  retries?: number;
  /** Seconds from the start in which failures do not count, default 30. */
  startPeriod?: number;
};

export type RestartPolicy = {
  policy: 'no' | 'on-failure' | 'always';
  /** Restarts in a row before it is given up; 0 is no limit. */
  maxAttempts: number;
  /** Seconds before the first restart; doubles each time, with jitter. */
  delay: number;
  /** Seconds. */
  maxDelay: number;
  /** Seconds of running after which the attempts count from 0 again. */
  resetAfter: number;
};

export type StopPolicy = {
  signal: string;
  /** Seconds between the signal and the kill. */
  gracePeriod: number;
};

export type Volume = {
  name?: string;
  path: string;
  type: 'persistent' | 'ephemeral' | 'bind' | 'tmpfs';
  source?: string;
  readOnly?: boolean;
  /** Bytes. */
  size?: number;
};

export type Monitoring = { enabled?: boolean; interval?: number };

export type NativeSpec = {
  /** An absolute path, a path relative to the project, or a name looked up in PATH. */
  command: string;
  args?: string[];
  /** Relative paths are relative to the project; default the project. */
  workdir?: string;
  user?: string;
  group?: string;
  /** `job`: runs once to its end and is then done; `service` (default): should go on running. */
  type?: 'service' | 'job';
  nativeImage?: boolean;
  /** Exit codes that count as success, default [0]. */
  successExitCodes?: number[];
  /** Run instead of sending the stop signal. */
  stopCommand?: string[];
  umask?: string;
  /** setrlimit names in lower case: nofile, nproc, core, fsize, as, stack, cpu, memlock. */
  rlimits?: Record<string, number>;
  /** maxSize in bytes (default 10 MiB), maxFiles (default 5) rotated files beside the live one. */
  logs?: { maxSize?: number; maxFiles?: number };
  /** Ports it listens on, told for the sake of references and of clash checks. */
  ports?: number[];
};

export type ExternalSpec = {
  address: string;
  /** Name or number to number. */
  ports?: Record<string, number>;
};

export const DEFAULT_RESTART: RestartPolicy = {
  policy: 'on-failure',
  maxAttempts: 5,
  delay: 1,
  maxDelay: 60,
  resetAfter: 30,
};
export const DEFAULT_STOP: StopPolicy = { signal: 'SIGTERM', gracePeriod: 10 };
export const DEFAULT_HEALTH = { interval: 1, timeout: 5, retries: 3, startPeriod: 30 } as const;

/** The restart policy that holds: what was set over the defaults; a job is not restarted unless it says so. */
export function restartPolicy(spec: Spec): RestartPolicy {
  const base: RestartPolicy = isJob(spec) ? { ...DEFAULT_RESTART, policy: 'no' } : DEFAULT_RESTART;
  return { ...base, ...spec.restart };
}

export function stopPolicy(spec: Spec): StopPolicy {
  return { ...DEFAULT_STOP, ...spec.stop };
}

/** True when it runs once to its end and is then done: nobody starts it again because it ended. */
export function isJob(spec: Spec): boolean {
  return (
    spec.native?.type === 'job' ||
    spec.container?.type === 'job' ||
    spec.java?.type === 'job' ||
    spec.vm?.runStrategy === 'once'
  );
}

/** True when nobody starts it again that ended well by itself: a job, and a machine that is left as its guest has it, which nobody waits for. */
export function staysEnded(spec: Spec): boolean {
  return isJob(spec) || spec.vm?.runStrategy === 'manual';
}

/** True when an agent has to stay awake for it though its engine runs it: quotas that are enforced, health that is watched. */
export function wantsWatch(spec: Spec): boolean {
  return (
    spec.resources?.enforcement !== undefined ||
    hasHealthCheck(spec) ||
    spec.monitoring?.enabled === true ||
    // Of these nobody else starts again what has ended.
    ((spec.vm !== undefined || spec.container?.runtime === 'lxc') && (spec.restart?.policy ?? 'no') !== 'no')
  );
}

/** True when something beyond "the engine says it runs" decides whether it is healthy. */
export function hasHealthCheck(spec: Spec): boolean {
  const check = spec.healthCheck;
  return check !== undefined && check.enabled !== false && (check.type ?? 'process') !== 'process';
}
