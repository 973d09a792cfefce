import { randomBytes } from 'node:crypto';
import type { Pointer } from '../model/json.ts';
import type { Identity } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import type { ProcessIdentity } from '../os/identity.ts';
import type { SensitiveOrigin } from '../providers/contract.ts';

/**
 * What the agent has done with a workload. `starting`: a process with this token may be there. `backoff`: it ended and will be started again.
 * `completed`: a job that ended well. `failed`: it ended and is left so.
 */
export type Phase = 'created' | 'starting' | 'running' | 'stopping' | 'stopped' | 'completed' | 'failed' | 'backoff';

/** How a process ended. `known` false: nobody who may learn the exit code was there. */
export interface Exit {
  known: boolean;
  code: number | null;
  signal: string | null;
  oomKilled: boolean;
  /** ISO 8601; null where nobody saw when it ended. */
  at: string | null;
}

/** Which file a process was started from: changes with every rewrite of the file. */
export interface Binary {
  path: string;
  /** device:inode:size:mtime */
  stamp: string;
}

/**
 * The identity under which things were made, and in which project folder (by its hash): two folders with a copy of one state must never meet
 * in a cgroup or in a mark.
 */
export type Home = Identity & { place: string };

/** What is kept of one instance of a workload in `.pj/agent/ID@GENERATION.json`. No sensitive value is in it. */
export interface Entry {
  version: 1;
  identity: Identity;
  /**
   * The identity under which its volumes, logs, cgroup and marks were made: another one than `identity` from a rename (`moved`) until it is
   * started anew.
   */
  home: Home;
  /** The project's folder when this was written: it may have been moved or copied since. */
  dir: string;
  /** Counts the writes. */
  revision: number;
  /** Told apart from another instance of the same identity: random, made by create. */
  instance: string;
  /** Names the last start that was asked for; restarts by the agent keep it. */
  run: string | null;
  /** Sensitive values as digests. */
  spec: Spec;
  /** Where those values come from; null where there are none, or nobody said. */
  origin: SensitiveOrigin | null;
  specDigest: string;
  /** What every process of the user has: PATH, HOME, LANG, … Never a secret. */
  base: Record<string, string>;
  phase: Phase;
  wanted: 'running' | 'stopped';
  /** Carried in the environment of the process that was started last, and of all its children. */
  token: string | null;
  process: ProcessIdentity | null;
  /** Taken over by `pj import`: carries no mark in its environment. */
  imported: boolean;
  /** Null where the command is sensitive or its file was not there. */
  binary: Binary | null;
  /** Limits that the kernel was given: pointers into the spec. */
  held: Pointer[];
  /** Since the start that was asked for. */
  restarts: number;
  /** Restarts in a row without a good run between. */
  attempts: number;
  lastExit: Exit | null;
  /** Why it is in this phase, where there is more to say than lastExit does. */
  reason: string | null;
  createdAt: string;
  startedAt: string | null;
  /** Since when it is in this phase. */
  since: string;
  /** When a `backoff` ends. */
  nextStart: string | null;
  /** Of a tenant only. */
  inside?: Inside;
}

/** Where a tenant runs: an application inside a host JVM. */
export type Inside = {
  /** Id of the workload that is its host. */
  id: string;
  /** Null: whatever there is of that id. */
  generation: number | null;
  /** Of the host, as it was when the tenant was last kept; null where the host was not in care. */
  instance: string | null;
  /** Ids of the workloads that have to run before it. */
  after: string[];
  /** It is being dropped: nobody brings it back. */
  dropping: boolean;
};

/**
 * What is kept of a tenant in `.pj/agent/ID@GENERATION.tenant`: an entry that has no process of its own. `created`, `stopped`: it is not to run. `running`: its
 * host was asked to run it, by pj or by the agent. `starting`: its host was started anew and it is to be brought back. `failed`: it could not be,
 * for `reason`. `stopping`: it is being dropped.
 */
export type TenantEntry = Entry & { inside: Inside };

/** The reason of what a reboot has stopped. */
export const REBOOTED = 'stopped by a reboot of the machine';

/** The name of an instance among those of its project. */
export function keyOf(identity: { id: string; generation: number }): string {
  return `${identity.id}@${identity.generation}`;
}

/** The mark in a process's environment. */
export const MARK = 'PJ_IDENTITY';

/** The mark's value: `LINEAGE/ID/GENERATION/TOKEN`. */
export function markOf(identity: Identity, token: string): string {
  return `${identity.lineage}/${identity.id}/${identity.generation}/${token}`;
}

/** A token for one start: the folder's hash and 24 random hex digits. */
export function newToken(place: string): string {
  return place + randomBytes(12).toString('hex');
}

/** True when a token was made in that folder. */
export function isOf(token: string, place: string): boolean {
  return token.length > place.length && token.startsWith(place);
}

/** The identity in a mark, or undefined for what is none. */
export function parseMark(
  mark: string,
): { lineage: string; id: string; generation: number; token: string } | undefined {
  const [lineage, id, generation, token, ...more] = mark.split('/');
  if (lineage === undefined || id === undefined || token === undefined || more.length > 0) return undefined;
  if (!/^\d+$/.test(generation ?? '')) return undefined;
  return { lineage, id, generation: Number(generation), token };
}

/** True while the agent has something to do for it: a process runs, may run, or is to be started again. */
export function isActive(entry: Entry): boolean {
  return ['starting', 'running', 'stopping', 'backoff'].includes(entry.phase);
}
