import type { ReadActivity } from '../activity/read.ts';
import type { AgentInfo } from '../agent/calls.ts';
import type { AgentStatus } from '../agent/control.ts';
import type { PjError } from '../errors.ts';
import type { ActivityEvent, AwakeStatus } from '../model/awake.ts';
import type { Observed } from '../model/observed.ts';
import type { Drift, Plan, PlanWarning } from '../model/plan.ts';
import type { ProjectConfig } from '../model/project.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import type { TopLook } from '../model/top.ts';
import type { Workload } from '../model/workload.ts';
import type { EngineSnapshot, ExecStreams, LogLine, LogOptions } from '../providers/contract.ts';
import type { LockInfo } from '../state/contract.ts';
import type { Pushed } from '../state/surgery.ts';
import type { Diagnosis } from './doctor.ts';
import type { Healed, HealRequest } from './heal.ts';
import type { Applied, ApplyRequest, PlanRequest } from './options.ts';
import type { WorkloadStatus } from './status.ts';
import type { TopOptions } from './top.ts';

/** What the descriptors say, and all that is wrong with them. */
export interface Validation {
  config: ProjectConfig;
  workloads: Workload[];
  errors: PjError[];
  warnings: PlanWarning[];
}

/** A project: what the commands do, as functions. Each call reads everything anew and holds nothing open when it ends. */
export interface Project {
  /** Absolute. */
  readonly dir: string;
  /** Reads and checks every descriptor. Errors are in the result. */
  validate(): Promise<Validation>;
  /** Shows what apply would do. Changes nothing. Throws PjError for descriptors, state or engines that can't be read. */
  plan(request?: PlanRequest): Promise<Plan>;
  /** Plans and writes the plan file. */
  savePlan(file: string, request?: PlanRequest): Promise<Plan>;
  /** Reads a saved plan. Throws PjError (3xxx) when it is none, or was changed. */
  loadPlan(file: string): Promise<Plan>;
  /** Plans (or takes the plan file), asks `approve`, and does exactly that. */
  apply(request?: ApplyRequest): Promise<Applied>;
  /** Applies a plan that destroys all. Goes by the state: neither whole descriptors nor secrets are needed. Throws PJ6005 for a plan file. */
  destroy(request?: ApplyRequest): Promise<Applied>;
  /** What has moved since the last apply. */
  drift(): Promise<Drift[]>;
  /**
   * Brings reality back to what is recorded, whatever the descriptors say by now. An engine that cannot be reached or a secret that cannot be had is in
   * `failed` and keeps only its own workloads, and those that depend on them, from it. Throws PJ3xxx for the lock and the state.
   */
  heal(request?: Partial<HealRequest>): Promise<Healed>;
  /** How everything is now, or those that are named. Throws PJ6091 for an id that the state does not know. */
  status(ids?: readonly string[]): Promise<WorkloadStatus[]>;
  /** Output of workloads; of all when none is named. Throws PJ6091, PJ6092. */
  logs(ids: readonly string[], options?: Partial<LogOptions>): AsyncIterable<LogLine>;
  /** What happened, oldest first; needs no agent. Ends with what is there unless `follow`. Throws PJ5081. */
  events(options?: ReadActivity): AsyncIterable<ActivityEvent>;
  /** What all use, or those that are named, look after look until the signal aborts. Throws PJ6091. */
  top(ids?: readonly string[], options?: TopOptions): AsyncIterable<TopLook>;
  /** Runs a command in a workload that runs, and gives its exit code. Throws PJ6091, PJ6100, PJ54xx. */
  exec(id: string, argv: readonly string[], streams: ExecStreams): Promise<number>;
  /** Joins the streams with the console of a virtual machine until the user leaves it (Ctrl-]). Throws PJ6091, PJ6101, PJ55xx. */
  console(id: string, streams: ExecStreams): Promise<void>;
  /** Starts, stops, … workloads as they are recorded, whatever the descriptors say by now. */
  start(ids: readonly string[], options?: ImperativeOptions): Promise<Applied>;
  stop(ids: readonly string[], options?: ImperativeOptions): Promise<Applied>;
  restart(ids: readonly string[], options?: ImperativeOptions): Promise<Applied>;
  pause(ids: readonly string[], options?: ImperativeOptions): Promise<Applied>;
  resume(ids: readonly string[], options?: ImperativeOptions): Promise<Applied>;
  /**
   * Moves a virtual machine to another host (a libvirt uri) while it runs, as it is recorded, and records that it is there. A descriptor that says
   * otherwise brings it back with the next plan. Throws PJ5502, PJ5514 where it cannot be.
   */
  migrate(id: string, to: string, request?: MigrateRequest): Promise<Applied>;
  /** Adopts what already runs. Throws PJ6093–PJ6095, PJ5305 and then nothing has changed. */
  import(id: string, engineId: string, options?: { lockTimeout?: number }): Promise<WorkloadRecord>;
  readonly snapshots: ProjectSnapshots;
  readonly state: ProjectState;
  readonly agent: ProjectAgent;
  doctor(): Promise<Diagnosis>;
}

export interface ImperativeOptions {
  /** Also those that depend on what is stopped. @default false */
  cascade?: boolean;
  /** Seconds. @default 0 */
  lockTimeout?: number;
  drain?: AbortSignal;
  abort?: AbortSignal;
}

/** How to migrate. */
export type MigrateRequest = Pick<ApplyRequest, 'approve' | 'lockTimeout' | 'drain' | 'abort'>;

/** What a snapshot is to be. */
export interface SnapshotRequest {
  /** Letters, digits, `.`, `_` and `-`. @default the time, in UTC: `20261128-175000` */
  name?: string;
  /** The memory of a machine that runs too. @default true */
  memory?: boolean;
  /** The guest agent freezes the file systems meanwhile; an error where it cannot. @default false */
  quiesce?: boolean;
  description?: string;
  /** Seconds. @default 0 */
  lockTimeout?: number;
}

export interface RevertRequest {
  /** Asked with the snapshot, and those that were made after it, the lock held; false ends it with nothing done. @default approves */
  approve?: (snapshot: EngineSnapshot, later: readonly EngineSnapshot[]) => Promise<boolean>;
  /** Seconds. @default 0 */
  lockTimeout?: number;
}

/** Snapshots of virtual machines. Each throws PJ6091 for an id that the state does not know, PJ6102 for a kind that has none, PJ55xx. */
export interface ProjectSnapshots {
  create(id: string, request?: SnapshotRequest): Promise<EngineSnapshot>;
  /** Oldest first. */
  list(id: string): Promise<EngineSnapshot[]>;
  /** All since then is lost. `status`: how the machine is then, which the state follows. */
  revert(
    id: string,
    name: string,
    request?: RevertRequest,
  ): Promise<
    | { outcome: 'ok'; snapshot: EngineSnapshot; status: Observed['status'] }
    | { outcome: 'declined'; snapshot: EngineSnapshot }
  >;
  delete(id: string, name: string, options?: { lockTimeout?: number }): Promise<void>;
}

/** Looking into the state, and mending it by hand. */
export interface ProjectState {
  /** The state, a killed run's journal folded in; undefined while there is none. */
  load(): Promise<Snapshot | undefined>;
  /** The same as text, which push takes. */
  pull(): Promise<string | undefined>;
  /** Replaces the state. Refused for another lineage or an older serial unless `force`. */
  push(text: string, options?: { force?: boolean; lockTimeout?: number }): Promise<Pushed>;
  /** Forgets workloads; what runs runs on and is nobody's. Where a provider cannot be told it is a `diagnostic` event. */
  rm(
    ids: readonly string[],
    options?: { lockTimeout?: number },
  ): Promise<{ removed: WorkloadRecord[]; dependents: { from: string; to: string }[] }>;
  /** Renames a workload. */
  mv(from: string, to: string, options?: { lockTimeout?: number }): Promise<void>;
  /** Removes a lock by its id. */
  unlock(id: string): Promise<LockInfo>;
  holder(): Promise<LockInfo | undefined>;
}

/** The process that stays awake for this project. */
export interface ProjectAgent {
  start(): Promise<{ info: AgentInfo; started: boolean }>;
  /** Ends the agent; workloads run on, and who is left unwatched is told. */
  stop(): Promise<{ stopped: boolean; left: string[] }>;
  /** `watch`: what it tells of its sampling, metrics, drift, telemetry; absent where it is too old to. */
  status(): Promise<AgentStatus & { watch?: Omit<AwakeStatus, 'workloads'> }>;
  /** A systemd unit that keeps the agent up. `leftOut`: variables that say where an engine is, but not to the agent at boot, as they seem to hold a password. */
  unit(): Promise<{ text: string; leftOut: string[] }>;
}
