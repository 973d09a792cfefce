import type { ChildProcess } from 'node:child_process';
import type { ActivityEvent } from '../model/awake.ts';
import type { Spec } from '../model/spec.ts';
import type { CgroupHost } from '../os/cgroup.ts';
import type { Tools } from '../os/sandbox.ts';
import type { Entry, Exit } from './entry.ts';
import type { Registry } from './registry.ts';
import { type Missing, redactorOf } from './secrecy.ts';

/** What the agent's parts need from outside: given, so that tests can give their own. */
export interface World {
  /** Real path. */
  project: string;
  /** Hash of that path: part of the names of cgroups and marks. */
  place: string;
  registry: Registry;
  cgroups: CgroupHost;
  tools(): Tools;
  /** The key of the project's digests, `.pj/key`; undefined where there is none that can be read. */
  key(): Promise<Buffer | undefined>;
  now(): Date;
  random(): number;
  /** One line in the agent's log. No sensitive value may be in it. */
  log(text: string): void;
  /** Tells whoever watches the project that something has ended, was restarted or was given up. Default: nobody. */
  tell?(event: Omit<ActivityEvent, 'at'>): void;
}

/** One instance that the agent has in its care. */
export interface Managed {
  entry: Entry;
  /** With its secrets, in memory only. */
  spec: Spec;
  /** Secrets that are not known here, since the agent was restarted. */
  missing: Missing[];
  /** A text without the sensitive values that are known here. */
  redact(text: string): string;
  /** Ends the asking of sources for secrets, should something else be asked for meanwhile. */
  regaining: AbortController | undefined;
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
  /** Its process was seen alive by this agent: when it ends is known then. */
  seen: boolean;
  /** The last write of its entry failed. */
  unsaved: boolean;
  /** CPU use at the last sample. */
  sample: { cpuUsec: number; atMs: number } | undefined;
}

/** An instance in care, with the secrets that are known. */
export function manage(entry: Entry, spec: Spec, missing: Missing[] = []): Managed {
  return {
    entry,
    spec,
    missing,
    redact: redactorOf(entry.spec, spec),
    regaining: undefined,
    seen: false,
    child: undefined,
    exit: undefined,
    onExit: new Set(),
    timer: undefined,
    oomBefore: 0,
    queue: Promise.resolve(),
    unsaved: false,
    sample: undefined,
  };
}

/** Gives it its spec with the secrets that are known, beside the stored one in its entry. */
export function setSpec(managed: Managed, spec: Spec, missing: Missing[]): void {
  Object.assign(managed, { spec, missing, redact: redactorOf(managed.entry.spec, spec) });
}

/** Runs `work` when everything before it on this instance is done. */
export function inTurn<T>(managed: Managed, work: () => Promise<T>): Promise<T> {
  const turn = managed.queue.then(work);
  managed.queue = turn.catch(() => undefined);
  return turn;
}

/** Moves the entry to a phase and writes it. `must` false: a full disk is no reason to stop; it is written later. Throws PJ5209. */
export function enter(managed: Managed, world: World, change: Partial<Entry>, must = false): void {
  const { entry } = managed;
  if (change.phase !== undefined && change.phase !== entry.phase) entry.since = world.now().toISOString();
  Object.assign(entry, change);
  entry.revision += 1;
  try {
    world.registry.save(entry);
    managed.unsaved = false;
  } catch (error) {
    if (must) throw error;
    if (!managed.unsaved)
      world.log(`${entry.identity.id}: ${error instanceof Error ? error.message : String(error)}; will try again`);
    managed.unsaved = true;
  }
}

/** The longest that a timer of Node can wait; a longer one would ring at once. ms */
export const LONGEST = 2 ** 31 - 1;

/** Resolves true when `done` came true, false after `timeoutMs`; looks again after 1, 2, 4 … up to 50 ms, and when `wake` is called. */
export async function until(
  done: () => boolean,
  timeoutMs: number,
  onWake?: (wake: () => void) => () => void,
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (let wait = 1; !done(); wait = Math.min(wait * 2, 50)) {
    const left = end - performance.now();
    if (left <= 0) return false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(finish, Math.min(wait, left));
      const off = onWake?.(finish);
      function finish() {
        clearTimeout(timer);
        off?.();
        resolve();
      }
    });
  }
  return true;
}
