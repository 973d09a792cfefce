import type { Pointer } from '../model/json.ts';
import type { Identity } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import type { ProcessIdentity } from '../os/identity.ts';
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
    /** ISO 8601. */
    at: string;
}
/** Which file a process was started from: changes with every rewrite of the file. */
export interface Binary {
    path: string;
    /** device:inode:size:mtime */
    stamp: string;
}
/** What is kept of one instance of a workload in `.pj/agent/ID@GENERATION.json`. No sensitive value is in it. */
export interface Entry {
    version: 1;
    identity: Identity;
    /**
     * The identity under which its volumes, logs, cgroup and marks were made: another one than `identity` from a rename (`moved`) until it is
     * started anew.
     */
    home: Identity;
    /** Counts the writes. */
    revision: number;
    /** Told apart from another instance of the same identity: random, made by create. */
    instance: string;
    /** Names the last start that was asked for; restarts by the agent keep it. */
    run: string | null;
    /** Sensitive values as digests. */
    spec: Spec;
    specDigest: string;
    /** What every process of the user has: PATH, HOME, LANG, … Never a secret. */
    base: Record<string, string>;
    /** Absolute. */
    workdir: string;
    phase: Phase;
    wanted: 'running' | 'stopped';
    /** Carried in the environment of the process that was started last, and of all its children. */
    token: string | null;
    process: ProcessIdentity | null;
    /** Taken over by `pj import`: carries no mark in its environment. */
    imported: boolean;
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
}
/** The name of an instance among those of its project. */
export declare function keyOf(identity: {
    id: string;
    generation: number;
}): string;
/** True when two identities name the same instance of the same project. */
export declare function sameInstance(a: Identity, b: Identity): boolean;
/** The mark in a process's environment. */
export declare const MARK = "PJ_IDENTITY";
/** The mark's value: `LINEAGE/ID/GENERATION/TOKEN`. */
export declare function markOf(identity: Identity, token: string): string;
/** The identity in a mark, or undefined for what is none. */
export declare function parseMark(mark: string): {
    lineage: string;
    id: string;
    generation: number;
    token: string;
} | undefined;
/** True while the agent has something to do for it: a process runs, may run, or is to be started again. */
export declare function isActive(entry: Entry): boolean;
