import type { ChildProcess } from 'node:child_process';
import type { Spec } from '../model/spec.ts';
import type { CgroupHost } from '../os/cgroup.ts';
import type { Tools } from '../os/sandbox.ts';
import type { Entry, Exit } from './entry.ts';
import type { Registry } from './registry.ts';
import type { Learnt } from './secrecy.ts';
/** What the agent's parts need from outside: given, so that tests can give their own. */
export interface World {
    /** Real path. */
    project: string;
    registry: Registry;
    cgroups: CgroupHost;
    tools(): Tools;
    now(): Date;
    random(): number;
    /** One line in the agent's log. No sensitive value may be in it. */
    log(text: string): void;
}
/** One instance that the agent has in its care. */
export interface Managed {
    entry: Entry;
    /** With its secrets, in memory only. */
    spec: Spec;
    /** Secrets that are not known here, since the agent was restarted. */
    missing: Learnt['missing'];
    /** Its own child; undefined where it was taken over and has to be polled. */
    child: ChildProcess | undefined;
    /** How the process with the entry's token ended; undefined while it runs. */
    exit: Exit | undefined;
    /** Called once the process has ended. */
    onExit: Set<() => void>;
    /** Of the pause before the next start. */
    timer: NodeJS.Timeout | undefined;
    /** The cgroup's count when the process was started. */
    oomBefore: number;
    /** What is done to one instance is done one after the other. */
    queue: Promise<unknown>;
    /** The last write of its entry failed. */
    unsaved: boolean;
    /** CPU use at the last sample. */
    sample: {
        cpuUsec: number;
        atMs: number;
    } | undefined;
}
/** An instance in care, with the secrets that are known. */
export declare function manage(entry: Entry, spec: Spec, missing?: Learnt['missing']): Managed;
/** Runs `work` when everything before it on this instance is done. */
export declare function inTurn<T>(managed: Managed, work: () => Promise<T>): Promise<T>;
/** Moves the entry to a phase and writes it. `must` false: a full disk is no reason to stop; it is written later. Throws PJ5209. */
export declare function enter(managed: Managed, world: World, change: Partial<Entry>, must?: boolean): void;
/** Resolves true when `done` came true, false after `timeoutMs`; looks again after 1, 2, 4 … up to 50 ms, and when `wake` is called. */
export declare function until(done: () => boolean, timeoutMs: number, onWake?: (wake: () => void) => () => void): Promise<boolean>;
