import type { Json, Pointer } from './json.ts';
import type { ObservedStatus } from './observed.ts';
import type { Spec } from './spec.ts';
import type { Condition, Dependency, DesiredState, Kind, Lifecycle } from './workload.ts';

/** How a change of one path is made: in place; stop, update, start; destroy, create. */
export type UpdateClass = 'live' | 'restart' | 'replace';

/** Why something is planned. */
export type Cause =
  | { type: 'configured' }
  | { type: 'removed' }
  /** It bears the project's marks, and no state knows it. */
  | { type: 'orphan' }
  | { type: 'drift'; what: 'changed' | 'stopped' | 'gone'; since?: string; detail?: string }
  | { type: 'dependency'; workload: string; what: 'replaced' | 'restarted' | 'changed'; attribute?: string }
  | { type: 'requested'; by: string }
  | { type: 'failed'; error: string }
  | { type: 'unhealthy' }
  | { type: 'interrupted' }
  /** `by`, `at`: the imperative command (`pj stop`) that brought it to `from`, and when (ISO 8601). */
  | { type: 'desiredState'; from: string; to: string; by?: string; at?: string };

/** One path of a spec that differs. Values may be sensitive or unknown leaves; absent means: not there. */
export interface Difference {
  path: Pointer;
  /** Last applied. */
  before?: Json;
  /** What the engine has, where it differs from last applied. */
  observed?: Json;
  /** What the descriptor asks for. */
  after?: Json;
  cause: Cause;
  updateClass: UpdateClass;
  /** Why the class is so, for people: `the environment of a process is fixed when it starts`. */
  reason: string;
}

export type StepAction = 'create' | 'start' | 'wait' | 'stop' | 'update' | 'destroy' | 'pause' | 'resume' | 'forget';

/** One atomic action on one workload. */
export interface Step {
  /** `start web`; on a deposed instance or another generation `destroy web@1`. Unique in the plan. */
  id: string;
  workload: string;
  action: StepAction;
  /** The instance it acts on. */
  generation: number;
  /** Ids of steps that must have succeeded before this one starts. */
  dependsOn: string[];
  /** For `wait`: what is waited for. */
  condition?: Exclude<Condition, 'started'>;
  /** For `update`: only the record is brought up to date (dependencies, lifecycle, or reality is so already); the engine need not be called. */
  recordOnly?: true;
  cause: Cause;
  /** What data this step loses, for people. */
  dataLoss?: string[];
}

export type ChangeAction =
  | 'no-op'
  | 'create'
  | 'update'
  | 'restart'
  | 'replace'
  | 'create-before-destroy'
  | 'delete'
  | 'forget'
  | 'start'
  | 'stop'
  | 'pause'
  | 'resume'
  | 'wait';

/** What the plan does to one workload and why. */
export interface WorkloadChange {
  id: string;
  kind: Kind;
  provider: string;
  action: ChangeAction;
  /** In order of weight, the first is the one to show. Empty for no-op and for plainly new ones (`configured`). */
  causes: Cause[];
  differences: Difference[];
  /** Heaviest class of its differences. */
  updateClass?: UpdateClass;
  /** The paths that force that class. */
  forcedBy: Pointer[];
  /** True when it runs now and will not for a while. */
  downtime: boolean;
  dataLoss: string[];
  /** Ids of its steps in order. */
  steps: string[];
  /** Last applied, or null. */
  before: Spec | null;
  /** What it will be, or null. */
  after: Spec | null;
  /** The id it had before a `moved`. */
  previousId?: string;
  /** Set when a guard forbids it: the plan shows it and apply refuses. */
  refused?: Refusal;
}

export interface Refusal {
  code: string;
  message: string;
}

/** What has moved in reality since the last apply, whether or not the plan acts on it. */
export interface Drift {
  id: string;
  kind: Kind;
  what: 'changed' | 'stopped' | 'gone';
  /** before: last applied; after: reality. */
  differences: { path: Pointer; before?: Json; after?: Json }[];
  since?: string;
  detail?: string;
  before: Spec;
}

export interface PlanWarning {
  code: string;
  message: string;
  workload?: string;
}

/** What the plan wants of one workload: enough to apply it without the descriptors. */
export interface PlannedWorkload {
  id: string;
  kind: Kind;
  provider: string;
  dependencies: Dependency[];
  desiredState: DesiredState;
  lifecycle: Lifecycle;
  /** Leaves: sensitive or unknown, never plain templates. */
  spec: Spec;
}

/** Where a sensitive value comes from, as pj.yaml says; never the value. `key`: of an env file, the value of that name. */
export type SecretSource = { env: string } | { file: string; key?: string } | { command: string[] };

export type PlanMode = 'apply' | 'destroy' | 'refresh-only' | 'imperative';

export interface PlanOptions {
  mode: PlanMode;
  targets: string[];
  excludes: string[];
  replace: string[];
  allowDataLoss: boolean;
  destroyVolumes: boolean;
  refresh: boolean;
  /** Orphans are removed. */
  prune: boolean;
}

/** Something in an engine that bears this project's marks and that the state does not know. */
export interface Orphan {
  id: string;
  generation: number;
  kind: Kind;
  provider: string;
  /** Its name in the engine. */
  name?: string;
  status: ObservedStatus;
  /** A persistent volume that a destroy left on purpose: it goes only with --destroy-volumes beside --prune. */
  kept: boolean;
}

/** The plan: what is shown is what is saved is what is done. Pure data, no secret, no absolute path, no clock. */
export interface Plan {
  formatVersion: 1;
  pjVersion: string;
  mode: PlanMode;
  project: string;
  /** Null where there is no state yet. */
  lineage: string | null;
  serial: number;
  /** Tells which key the digests of sensitive values were made with; absent when there are none. */
  digestKeyId?: string;
  options: PlanOptions;
  /** Every workload that has a step which needs its spec, by id. */
  workloads: Record<string, PlannedWorkload>;
  /** One for every workload, desired or recorded, sorted by id; no-op ones too. */
  changes: WorkloadChange[];
  drift: Drift[];
  /** Sorted by id. Removed by this plan where `options.prune` says so. */
  orphans: Orphan[];
  steps: Step[];
  /** Ids of steps, by the earliest wave in which each could run. For display; the applier goes by dependsOn. */
  waves: string[][];
  /** sha256 of what was observed of each workload that the plan changes. */
  observedDigests: Record<string, string>;
  /** Sources of the sensitive values in `workloads`, by `secret.NAME` / `var.NAME` / `env.NAME`. */
  sensitiveSources: Record<string, SecretSource>;
  moved: { from: string; to: string }[];
  warnings: PlanWarning[];
  summary: PlanSummary;
}

/** Counts as Terraform counts: a replace is one add and one destroy; start, stop, restart, wait are changes. */
export interface PlanSummary {
  add: number;
  change: number;
  destroy: number;
  forget: number;
}
