import type { JsonObject } from './json.ts';
import type { Health } from './lifecycle.ts';
import type { SecretSource } from './plan.ts';
import type { EnforcedResource, EnforcementAction } from './spec.ts';

/** Who is told of drift. `command`: argv, the report as JSON on its standard input. `file`: a line of JSON is appended; relative to the project. */
export type DriftNotify =
  | { webhook: string /** Signs the body (HMAC-SHA256). */; secret?: SecretSource }
  | { command: string[] }
  | { file: string };

/** `safe`: only what needs no replace and loses no data. */
export type Heal = 'never' | 'safe' | 'always';

/** Least seconds between two looks for drift: each asks every engine for everything. */
export const SHORTEST_DRIFT = 1;

/** What `agent:` of pj.yaml says, normalised. */
export interface AgentConfig {
  sampling?: { /** Seconds, default 1. */ interval?: number };
  /** Absent: no port is opened. */
  metrics?: { /** Default 127.0.0.1. */ host?: string; port: number };
  telemetry?: {
    /** Of OTLP/HTTP; OTEL_EXPORTER_OTLP_ENDPOINT of whoever starts the agent holds over it. */
    endpoint?: string;
    protocol?: 'http/protobuf' | 'http/json';
    /** By name. A string is no secret; a source is asked when it is needed, and what it gives is written nowhere. */
    headers?: Record<string, string | SecretSource>;
    /** Logs go out, the workloads' own output with them, as it is. False: never that output. Default: only where OTEL_LOGS_EXPORTER or OTEL_EXPORTER_OTLP_LOGS_ENDPOINT asks for logs. */
    logs?: boolean;
  };
  drift?: { /** Seconds, default 300. */ interval?: number; notify?: DriftNotify[] /** Default never. */; heal?: Heal };
}

/** What a workload has used, as counters and gauges in base units, and rates since the sample before. Absent: not known. */
export interface Sample {
  /** ISO 8601. */
  at: string;
  /** Cores. */
  cpu?: number;
  cpuSeconds?: number;
  throttledSeconds?: number;
  /** Cores that it may use now, as kernel or engine hold it; absent: no limit. */
  cpuLimit?: number;
  /** Bytes in all, and without file cache that can be dropped at once. */
  memory?: number;
  workingSet?: number;
  memoryLimit?: number;
  threads?: number;
  processes?: number;
  /** Bytes. */
  diskRead?: number;
  diskWritten?: number;
  /** Bytes that it takes on disk: its volumes and what it has written beside them. */
  diskUsed?: number;
  networkReceived?: number;
  networkSent?: number;
  restarts?: number;
  oomKills?: number;
  /** ISO 8601. */
  startedAt?: string;
  /** Of a JVM. Bytes; seconds. */
  heap?: number;
  heapMax?: number;
  /** Bytes that its living threads have allocated: of an application in a host JVM. */
  allocated?: number;
  gcCount?: number;
  gcSeconds?: number;
  classes?: number;
}

/** How one enforced resource of one workload stands. */
export interface QuotaStatus {
  resource: EnforcedResource;
  action: EnforcementAction;
  /** Base unit of the resource: cores, bytes, threads. */
  quota: number;
  used?: number;
  /** Samples in a row over it. */
  violations: number;
  /** ISO 8601: when it was acted upon last; for a throttle: it is in force since then. */
  actedAt?: string;
  /** The throttle in force: what it gets now. */
  throttledTo?: number;
}

/** What the agent knows of one workload. */
export interface AwakeWorkload {
  id: string;
  sample?: Sample;
  health?: Health;
  /** Why it is unhealthy. */
  healthReason?: string;
  /** Its health, or its being up, changes again and again. */
  flapping?: boolean;
  quotas?: QuotaStatus[];
}

/** What the agent tells of its watch. */
export interface AwakeStatus {
  sampling: {
    /** Seconds. */
    interval: number;
    ticks: number;
    /** Ticks that came while the one before was not through. */
    missed: number;
    /** Samples that were not taken as an engine still owed the one before, by engine. */
    slow?: Record<string, number>;
    /** Questions to engines that came to nothing, by engine. */
    failures?: Record<string, number>;
    /** ms */
    jitterP99: number;
  };
  /** URL of the metrics, where they are served. */
  metrics?: string;
  drift?: { /** ISO 8601 */ at: string; workloads: string[]; error?: string };
  telemetry?: JsonObject;
  workloads: AwakeWorkload[];
}

/** What happens to a project, as `.pj/events.ndjson` keeps it, one JSON object a line. */
export interface ActivityEvent {
  /** ISO 8601. */
  at: string;
  type: ActivityType;
  severity: 'info' | 'warning' | 'error';
  workload?: string;
  /** For people; no sensitive value is in it. */
  message: string;
  /** For programs, by type. */
  data?: JsonObject;
}

export const ACTIVITY_TYPES = [
  'agent_started',
  'agent_ended',
  'agent_replaced',
  'rebooted',
  'samples_missed',
  'apply_complete',
  'step_complete',
  'step_failed',
  'lock_waited',
  'workload_ended',
  'workload_restarted',
  'workload_given_up',
  'health_changed',
  'flapping',
  'flapping_ended',
  'quota_violated',
  'quota_ok',
  'quota_action',
  'throttle_set',
  'throttle_released',
  'throttle_resumed',
  'drift_found',
  'drift_gone',
  'drift_healed',
  'heal_failed',
  'notify_failed',
  'telemetry_lost',
  'metrics_failed',
] as const;
export type ActivityType = (typeof ACTIVITY_TYPES)[number];
