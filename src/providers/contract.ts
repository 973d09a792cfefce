import type { Sample } from '../model/awake.ts';
import type { Json, JsonObject, Pointer } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import type { SecretSource, UpdateClass } from '../model/plan.ts';
import type { Identity, Snapshot, WorkloadRecord } from '../model/record.ts';
import type { EnforcedResource, Spec } from '../model/spec.ts';
import type { Kind, Workload } from '../model/workload.ts';

/** Whether the engine behind a provider is there. */
export type Usable = { usable: true; engine: string; version: string; notes: string[] };
export type Unusable = { usable: false; engine: string; reason: string; install: string };

/** What a provider can do at all; what it cannot is refused at plan. */
export interface Capabilities {
  pause: boolean;
  logs: boolean;
  exec: boolean;
  import: boolean;
  /** Two generations of one workload may run side by side. */
  sideBySide: boolean;
  /** What it lists and no state knows can be removed by `destroy`, by its marks alone. */
  orphans?: boolean;
}

/** Something a provider says of a workload at plan. An error refuses the plan; a warning is shown. */
export interface Finding {
  severity: 'error' | 'warning';
  /** Pointer into the spec, where one is to blame. */
  path?: Pointer;
  message: string;
  hint?: string;
}

/** What an engine call needs from outside. */
export interface CallContext {
  signal: AbortSignal;
  /** Progress for people: `pulling image`, `waiting for port 8080`. */
  progress(message: string): void;
}

/** How whoever must start a workload again by itself gets its sensitive values once more. Names, paths and argv; no sensitive value is in it. */
export interface SensitiveOrigin {
  /** Of the key that the digests in `stored` were made with. */
  keyId: string;
  /** By name as in templates: `secret.NAME`, `env.NAME`, `var.NAME`. */
  sources: Record<string, SecretSource>;
  /** What `workload.ID.ATTR` was, where one stands together with a secret in one value. */
  references: Record<string, Json>;
}

/** One instance to act on. */
export interface Target {
  identity: Identity;
  /** What create gave, or null where that is not known. */
  handle: JsonObject | null;
  /** Resolved: real values, no leaves. Never stored, never printed. For stop and destroy it may still hold sensitive leaves. */
  spec: Spec;
  /** The same spec as the state keeps it, digests in place of sensitive values: what a provider may write down. Absent: it may write down no value that could be one. */
  stored?: Spec;
  /** Where the sensitive values in `stored` come from; absent where it has none, or the action needs none. */
  origin?: SensitiveOrigin;
  /** Stop: it is killed, without being asked to end; its grace period is 0 then. */
  atOnce?: true;
  /** Ids of what it depends on. */
  after?: string[];
  /** Keyed digest of the resolved spec; kept in the engine's marks, so that find can tell which spec was applied. */
  specDigest: string;
}

/** What an action left behind. */
export interface Made {
  handle: JsonObject;
  attributes: JsonObject;
}

/** What find saw. */
export interface Found {
  /** Its name in the engine, where it has one. */
  name?: string;
  /** It holds data that a destroy keeps (a persistent volume): no orphan when the state does not know it. */
  kept?: boolean;
  handle: JsonObject;
  attributes: JsonObject;
  status: Observed['status'];
  /** False: the create did not come to its end, and the thing is to be removed. */
  whole: boolean;
  specDigest?: string;
}

/** What a health check says. */
export type HealthVerdict = { healthy: true } | { healthy: false; reason: string };

export interface LogOptions {
  follow: boolean;
  /** ISO 8601 or undefined. */
  since?: string;
  /** Last N lines; undefined is all. */
  tail?: number;
  /** The lines are to tell when they were written, where that can be known. */
  times?: boolean;
}

/** The streams of `pj exec`. */
export interface ExecStreams {
  stdin: NodeJS.ReadableStream | undefined;
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  /** There is a terminal, of this size; `resize` calls back with new ones. stderr goes into stdout then. */
  tty?: {
    columns: number;
    rows: number;
    resize(listener: (columns: number, rows: number) => void): void;
    /** Somebody insists on it. */
    asked?: boolean;
    /** The command gets none: keys are as ever again, Ctrl-C too. */
    leave?(): void;
  };
}

export interface LogLine {
  workload: string;
  stream: 'stdout' | 'stderr';
  text: string;
  /** ISO 8601: when it was written, as exactly as whoever keeps it knows, late rather than early. Absent where that is not known, or `times` was not asked for. */
  at?: string;
}

/** One snapshot of a machine, as its engine keeps it. */
export interface EngineSnapshot {
  name: string;
  /** ISO 8601. */
  createdAt: string;
  /** The guest's memory is in it, not its disks alone. */
  memory: boolean;
  /** What the machine was at that moment. */
  status: Observed['status'];
  /** What the machine's disks go on from. */
  current: boolean;
  parent?: string;
  description?: string;
}

/** What can be done with snapshots. None of it changes what the descriptor asks for. */
export interface Snapshots {
  /** `quiesce`: the guest agent freezes the file systems meanwhile; throws PJ5513 where it cannot. Without `memory` of a running machine only its disks are kept. */
  create(
    target: Target,
    how: { name: string; memory: boolean; quiesce: boolean; description?: string },
    context: CallContext,
  ): Promise<EngineSnapshot>;
  /** Oldest first. */
  list(target: Target, context: CallContext): Promise<EngineSnapshot[]>;
  /** Everything since then is lost. It then runs where it ran at that moment. Throws PJ5511. */
  revert(target: Target, name: string, context: CallContext): Promise<Made>;
  /** Throws PJ5511. */
  delete(target: Target, name: string, context: CallContext): Promise<void>;
}

/** What a workload uses now. Absent: not known. `at` and `startedAt` aside, each is as in Sample. */
export type Usage = { id: string } & Partial<Omit<Sample, 'at'>>;

/**
 * Where the kernel keeps the counters of a workload on this very host, so that whoever samples every second reads them itself, without its engine. They hold as long as
 * the record's handle does.
 */
export interface KernelPlaces {
  id: string;
  /** Absolute folders of its cgroup, by controller on v1 (`cpu`, `cpuacct`, `memory`, `pids`, `blkio`, …), as `unified` on v2. What is not there is not counted. */
  cgroup: Partial<Record<string, string>>;
  /** Its processes may have a network namespace of their own: the devices of that are the workload's network. */
  network?: boolean;
  /** Network devices of this host that are the workload's: what they receive it has sent. */
  devices?: string[];
  /** Folders and files that count as its disk use. */
  disk?: string[];
  /** What its engine says of it, as of when it was asked for these places: asked anew when its group went, or came back. */
  told?: Pick<Usage, 'restarts' | 'startedAt'> & {
    /** Names the last run of it that was ended for want of memory. */
    oomKilled?: string;
  };
}

/** What a workload is to get for a while, less than its spec says. Null lifts it: back to the spec. Cores; bytes. */
export interface Throttle {
  cpu?: number | null;
  memory?: number | null;
}

/**
 * The code for one kind. Every action is idempotent: create of what exists with the same identity is a success, stop of what
 * is stopped and destroy of what is gone too. An action that fails throws a PjError; an aborted signal ends it soon.
 */
export interface Provider {
  readonly name: string;
  readonly kind: Kind;
  readonly capabilities: Capabilities;
  /** Is the engine there, which version, and if not, why not and what to install. */
  probe(context: CallContext): Promise<Usable | Unusable>;
  /**
   * What cannot be held or done on this host, told at plan. Templates may stand in the spec. `state`: what is recorded; null where nothing is yet,
   * absent where nobody has looked. `project`: every workload of the project, of whatever kind, for what depends on others.
   */
  check(
    workloads: Workload[],
    context: CallContext,
    state?: Snapshot | null,
    project?: readonly Workload[],
  ): Promise<Map<string, Finding[]>>;
  /** The update class of a difference at a path, with the reason for people. `record`: what is changed, as it was last applied; `wanted`: what it is to be. Pure. */
  classify(
    path: Pointer,
    before: Json | undefined,
    after: Json | undefined,
    record?: WorkloadRecord,
    wanted?: Spec,
  ): { updateClass: UpdateClass; reason: string };
  /** Why two generations of this workload cannot run side by side, though the provider can do so; undefined where they can. Pure. */
  apart?(before: Spec, after: Spec): string | undefined;
  /** What data goes with the destroy of an instance, for people; `replaced`: another one is made in its place. Absent: that of persistent volumes, where they go too. Pure. */
  dataIn?(spec: Spec, how: { replaced: boolean; destroyVolumes: boolean }): string[];
  /**
   * True when an attribute surely keeps its value through what is planned (changes of these paths), so that who refers to it need
   * not change. Absent: an update keeps what no changed path names, a restart what the spec declares, a replace nothing. Pure.
   */
  keeps?(attribute: string, through: 'update' | 'restart' | 'replace', paths: readonly Pointer[]): boolean;
  /** By the marks that create left in the engine; by `handle` where it was renamed since (`moved`) and the engine keeps the old marks. */
  find(identity: Identity, context: CallContext, handle?: JsonObject | null): Promise<Found | undefined>;
  /** Everything of this project's that the engine holds: for orphans. */
  list(
    project: { project: string; lineage: string },
    context: CallContext,
  ): Promise<{ identity: Identity; found: Found }[]>;
  /** Many at once. Gives one observation a record. */
  read(records: WorkloadRecord[], context: CallContext): Promise<Observed[]>;
  create(target: Target, context: CallContext): Promise<Made>;
  /** Ends when it runs; being healthy is the health gate's business. */
  start(target: Target, context: CallContext): Promise<Made>;
  stop(target: Target, context: CallContext): Promise<void>;
  /** In place when `restart` is false; else it is stopped now and is started after. */
  update(target: Target, paths: Pointer[], context: CallContext): Promise<Made>;
  destroy(target: Target, options: { destroyVolumes: boolean }, context: CallContext): Promise<void>;
  pause?(target: Target, context: CallContext): Promise<void>;
  resume?(target: Target, context: CallContext): Promise<void>;
  /** The files that its output is appended to, for a health check by log line. */
  logFiles?(record: WorkloadRecord): string[];
  logs?(record: WorkloadRecord, options: LogOptions, context: CallContext): AsyncIterable<LogLine>;
  /** What the engine's own health check says (types `exec` and `engine`); undefined where pj is to probe by itself. Never throws for an unhealthy answer. */
  health?(record: WorkloadRecord, spec: Spec, context: CallContext): Promise<HealthVerdict> | undefined;
  /** Runs a command in it and gives its exit code. */
  exec?(record: WorkloadRecord, argv: string[], streams: ExecStreams, context: CallContext): Promise<number>;
  /** Joins the terminal with its console until the user leaves it (Ctrl-]). */
  console?(record: WorkloadRecord, streams: ExecStreams, context: CallContext): Promise<void>;
  snapshots?: Snapshots;
  sample?(records: WorkloadRecord[], context: CallContext): Promise<Usage[]>;
  /** The engine that answers for a record, where there are several: one that is slow must not hold up the others. Pure. */
  engineOf?(record: WorkloadRecord): string;
  /** What those whose counters the kernel keeps tell beside: the heap of a JVM. `pids`: all that runs in its group. Asked every second, so no process is started for it. */
  inside?(
    running: readonly { record: WorkloadRecord; pids: readonly number[] }[],
    context: CallContext,
  ): Promise<Usage[]>;
  /** Of those records whose counters this host's kernel keeps; the others are asked for with `sample`. */
  places?(records: WorkloadRecord[], context: CallContext): Promise<KernelPlaces[]>;
  /** Why a resource of this workload cannot be throttled here (THROTTLE is refused at plan then); undefined where it can. Absent: nothing can. */
  unthrottled?(resource: EnforcedResource, spec: Spec): string | undefined;
  /**
   * Lowers what a workload that runs gets, or lifts that again, in place; gives what kernel or engine hold then, read back. Its descriptor's limit is what a
   * lift goes back to. One that does not run is a success with nothing held.
   */
  throttle?(record: WorkloadRecord, throttle: Throttle, context: CallContext): Promise<Throttle>;
  /** Takes over what already runs: gives the spec that describes it and the handle. */
  adopt?(
    target: { identity: Identity; engineId: string; spec: Spec | undefined },
    context: CallContext,
  ): Promise<{ spec: Spec; made: Made }>;
  /**
   * Told when pj forgets an instance, which runs on and is nobody's from then on: whoever must stay awake for it (the agent) is to let it go.
   * Absent: nobody does. Idempotent; one that is not known is a success.
   */
  release?(target: Target, context: CallContext): Promise<void>;
  /** Brings back whoever must stay awake for what runs (the agent), should it have ended. */
  watch?(context: CallContext): Promise<void>;
  /** Told before anything is asked which workloads a run is about, so that engines can be connected to meanwhile. Never throws. */
  expect?(workloads: readonly Workload[], context: CallContext): void;
  /** Called once when the run ends: closes connections; `idle` lets an agent that has nothing left to do end. */
  close?(): Promise<void>;
}
