import type { Listener } from '../model/event.ts';
import type { Observed } from '../model/observed.ts';
import type { Plan } from '../model/plan.ts';
import type { Spec } from '../model/spec.ts';
import type { Provider } from '../providers/contract.ts';
import type { StateSession } from '../state/contract.ts';
import type { SensitiveValues } from '../values/contract.ts';

/** Time, given from outside so that tests need not wait. */
export interface Clock {
  now(): Date;
  /** Milliseconds that never go back. */
  monotonic(): number;
  /** Resolves after that many milliseconds, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Verdict = { healthy: true } | { healthy: false; reason: string };

/** What a probe needs to know of a workload. */
export interface ProbeRequest {
  id: string;
  /** Resolved. */
  spec: Spec;
  attributes: Record<string, unknown>;
  logFiles: string[];
  /** Where in each log file its output since the last start begins, in bytes. Absent: a file last written before startedAt holds none. */
  logFrom?: number[];
  /** ISO 8601. */
  startedAt?: string;
}

/** One probe of a health check (http, tcp, exec, log), made against the resolved spec. Never throws for an unhealthy answer. */
export type Probe = (request: ProbeRequest, signal: AbortSignal) => Promise<Verdict>;

export interface ApplyInput {
  plan: Plan;
  session: StateSession;
  provider(name: string): Promise<Provider>;
  values: SensitiveValues;
  /** What was observed for the plan: references to what the run does not touch are read from it first, as planning did. */
  observed?: ReadonlyMap<string, Observed>;
  probe: Probe;
  clock: Clock;
  emit: Listener;
  /** Steps at once, default 10. */
  parallelism: number;
  /** Roll every changed workload back that fails, whatever its descriptor says. */
  rollback: boolean;
  /** Who is at work, as records say it of what they stop: `the agent (web: cpu over its quota)`. @default `pj stop` and the like */
  by?: string;
  /** Workloads whose stop ends them at once, by id, with the error as which they are recorded then. */
  kill?: ReadonlyMap<string, { code: string; message: string }>;
  /** Aborted by the first Ctrl-C: no new step starts. */
  drain: AbortSignal;
  /** Aborted by the second: running engine calls are aborted too. */
  abort: AbortSignal;
}
