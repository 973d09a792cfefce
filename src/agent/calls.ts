import type { Json, Pointer } from '../model/json.ts';
import type { Identity } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import type { SensitiveOrigin, Usage } from '../providers/contract.ts';
import type { Entry } from './entry.ts';

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
}

/** A process that carries a mark of this project which the registry knows nothing of. */
export interface Orphan {
  identity: Identity;
  pid: number;
  startTime: string;
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
  stop: { params: { identity: Identity; instance?: string }; result: Sighting | null };
  update: { params: WorkloadCall; result: Sighting };
  destroy: { params: { identity: Identity; instance?: string; destroyVolumes: boolean }; result: null };
  adopt: { params: WorkloadCall & { pid: number }; result: Sighting };
  /** Takes it out of care; what runs of it runs on. False: it is not in care. */
  release: { params: { identity: Identity; instance?: string }; result: { released: boolean } };
  look: { params: { ids?: string[] }; result: Sighting[] };
  orphans: { params: { lineage: string }; result: Orphan[] };
  sample: { params: { keys: string[] }; result: Usage[] };
  info: { params: Record<string, never>; result: AgentInfo };
  /** Ends the agent; workloads run on. */
  shutdown: { params: Record<string, never>; result: { left: string[] } };
  /** Ends the agent if it has nothing to watch. */
  shutdownIfIdle: { params: Record<string, never>; result: { ending: boolean } };
}

export type Method = keyof Calls;
