import type { Health } from './lifecycle.ts';
import type { Kind } from './workload.ts';

/** What the host uses. */
export interface HostUsage {
  cpus: number;
  /** Cores in use since the look before; absent with the first. */
  cpu?: number;
  /** Bytes: what the machine has, and what of it cannot be had any more. */
  memory: number;
  memoryUsed: number;
  /** Mean number of runnable threads of the last 1, 5 and 15 minutes. */
  load: [number, number, number];
}

/** One workload in `pj top`. Absent: not known. */
export interface TopWorkload {
  id: string;
  kind: Kind;
  /** As in `pj status`. */
  state: string;
  health: Health;
  flapping?: boolean;
  /** Cores in use, and how many it may use. */
  cpu?: number;
  cpuQuota?: number;
  /** Bytes in use (without cache that can be dropped at once, where that is told apart), and how many it may use. */
  memory?: number;
  memoryLimit?: number;
  /** Bytes a second since the look before. */
  networkReceivedRate?: number;
  networkSentRate?: number;
  diskReadRate?: number;
  diskWrittenRate?: number;
  threads?: number;
  restarts?: number;
}

/** One look of `pj top` at everything. */
export interface TopLook {
  /** ISO 8601. */
  at: string;
  /** Who sampled: the agent, or the command by itself. */
  source: 'agent' | 'command';
  /** What people should know of it: that no agent runs, that an engine does not answer. */
  notes: string[];
  host: HostUsage;
  workloads: TopWorkload[];
}

/** What a table of workloads may be sorted by; all but the id begin with the largest. */
export const TOP_SORTS = ['cpu', 'memory', 'network', 'disk', 'threads', 'restarts', 'id'] as const;
export type TopSort = (typeof TOP_SORTS)[number];
