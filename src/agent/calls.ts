import type { AwakeStatus } from '../model/awake.ts';
import type { Json, Pointer } from '../model/json.ts';
import type { Identity } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import type { SensitiveOrigin, Usage } from '../providers/contract.ts';
import type { Entry, TenantEntry } from './entry.ts';

/** What a call needs to know of a workload. */
export interface WorkloadCall {
  identity: Identity;
  /** The instance that the state knows; where it has another name here, it is renamed. */
  instance?: string;
  /** Resolved. Over the socket and in the agent's memory only. */
  spec: Spec;
  /** What may be written down. */
  stored?: Spec;
  /** Where the sensitive values in `stored` come from. */
  origin?: SensitiveOrigin;
  specDigest: string;
  /** Environment that every process gets: PATH, HOME, LANG, … */
  base: Record<string, string>;
}

/** One instance as it is now: what the registry says, checked against the kernel. */
export interface Sighting {
  entry: Entry;
  alive: boolean;
  pid: number | null;
  /** What the kernel holds of the limits that it was given. */
  limits: Record<Pointer, Json>;
  /** Stamp of the command's file now; null where it is gone. */
  stampNow: string | null;
  /** An agent watches it. */
  watched: boolean;
  /** An agent is there, and did not answer: what is known is known without it. */
  mute?: boolean;
}

/** A process that carries a mark of this project which the registry knows nothing of. */
export interface Orphan {
  identity: Identity;
  pid: number;
  startTime: string;
}

/** What a call needs to know of an application inside a host JVM: a tenant. */
export interface TenantCall extends WorkloadCall {
  /** Id of the workload that is its host JVM; the instance of that is found in care. */
  inside: { id: string; generation?: number };
  /** Ids of the workloads that have to run before it; those that are no tenants of this agent are not waited for. */
  after: string[];
  /** `running`: it comes back whenever its host has been started again. */
  wanted: 'running' | 'stopped';
  /** Names this start. Absent with `running`: the last one's name is kept, or one is made. */
  run?: string;
}

/**
 * A tenant as the agent has it: the intent. What it really does its host alone can say. In its host its key, and its logs and volumes, go by `entry.home`, and
 * the host knows it by `entry.instance`.
 */
export interface TenantSighting {
  entry: TenantEntry;
  /** It is not in its host and about to be brought back there: now, or as soon as its host has been started again. */
  returning: boolean;
  logs: { out: string; err: string };
  /** Absolute paths; `size` in bytes. */
  volumes: { name: string; path: string; size: number | null }[];
  /** An agent watches it. */
  watched: boolean;
}

export interface AgentInfo {
  protocol: number;
  version: string;
  pid: number;
  project: string;
  startedAt: string;
  /** Keys of what it watches now. */
  active: string[];
}

/** Every call of the agent: what goes in, what comes out. */
export interface Calls {
  hello: { params: { protocol: number; version: string }; result: AgentInfo };
  create: { params: WorkloadCall; result: Sighting };
  /** `run` names this start: asked for once more, it is known to have been made. */
  start: { params: WorkloadCall & { run?: string }; result: Sighting };
  /** `atOnce`: killed, without being asked to end. */
  stop: { params: { identity: Identity; instance?: string; atOnce?: boolean }; result: Sighting | null };
  update: { params: WorkloadCall; result: Sighting };
  destroy: { params: { identity: Identity; instance?: string; destroyVolumes: boolean }; result: null };
  adopt: { params: WorkloadCall & { pid: number }; result: Sighting };
  /** Takes it out of care; what runs of it runs on. False: it is not in care. */
  release: { params: { identity: Identity; instance?: string }; result: { released: boolean } };
  /** Takes a tenant into care, or what is new about it: before its host is asked for anything. Makes its volumes. Asks the host nothing. */
  keepTenant: { params: TenantCall; result: TenantSighting };
  /**
   * Two calls around the host's undeploy. Without `done`: it is out of care, nobody brings it back any more, and that is kept until the second. With
   * `done`: its volumes (persistent ones where `destroyVolumes`) and its entry are removed; fine without the first. Null: it is not known.
   */
  dropTenant: {
    params: { identity: Identity; instance?: string; destroyVolumes: boolean; done?: boolean };
    result: TenantSighting | null;
  };
  /** Takes it out of care at once: it runs on in its host, and is not brought back. False: it is not in care. */
  releaseTenant: { params: { identity: Identity; instance?: string }; result: { released: boolean } };
  lookTenants: { params: { ids?: string[] }; result: TenantSighting[] };
  look: { params: { ids?: string[] }; result: Sighting[] };
  orphans: { params: { lineage: string }; result: Orphan[] };
  sample: { params: { keys: string[] }; result: Usage[] };
  /** What it knows from its watch. */
  awake: { params: Record<string, never>; result: AwakeStatus };
  info: { params: Record<string, never>; result: AgentInfo };
  /** Ends the agent; workloads run on. `handOver`: another takes its place at once, so that throttles stay in force. */
  shutdown: { params: { handOver?: boolean }; result: { left: string[] } };
  /** Ends the agent if it has nothing to watch. */
  shutdownIfIdle: { params: Record<string, never>; result: { ending: boolean } };
}

export type Method = keyof Calls;
