import type { ApplyResult, Listener } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';

export type { ExecStreams } from '../providers/contract.ts';

/** How a project is opened. */
export interface ProjectOptions {
  /** The project's directory. @default the current one */
  dir?: string;
  /** Variables, as `--var NAME=VALUE` would set them. */
  vars?: Record<string, string>;
  /** Files of variables, as `--var-file` would name them. */
  varFiles?: string[];
  /** The environment that `${env.NAME}`, `PJ_VAR_NAME` and secrets are read from. @default process.env */
  env?: Record<string, string | undefined>;
  /** Hears everything the engine tells while it works. */
  onEvent?: Listener;
  /** Ends what is under way as soon as it can: a look at once, an apply as its `abort` does (where one of its own is given: as its `drain`). */
  signal?: AbortSignal;
}

/** What to plan. */
export interface PlanRequest {
  /** Destroy everything that is recorded. */
  destroy?: boolean;
  /** Only look at what has moved; plan no step. */
  refreshOnly?: boolean;
  /** false: believe the state, do not ask the engines. @default true */
  refresh?: boolean;
  /** Only these, with what they depend on. */
  targets?: string[];
  /** All but these, and what depends on them. */
  excludes?: string[];
  /** Replace these though nothing changed. */
  replace?: string[];
  /** Steps that lose data may be planned. */
  allowDataLoss?: boolean;
  /** Persistent volumes go with their workloads. Needs allowDataLoss. */
  destroyVolumes?: boolean;
  /** Remove orphans: what bears this project's marks in an engine and is not in its state. */
  prune?: boolean;
}

/** How to apply. */
export interface ApplyRequest {
  /** A saved plan to apply exactly, instead of planning now. Nothing can be asked of it: with `plan` beside it PJ6006 is thrown. */
  planFile?: string;
  /** What to plan, where there is no plan file. `destroy()` takes it too. */
  plan?: PlanRequest;
  /** Asked once with the plan, the lock held; false ends it with nothing done. @default approves */
  approve?: (plan: Plan) => Promise<boolean>;
  /** Steps at once. @default pj.yaml's parallelism, else 10 */
  parallelism?: number;
  /** Every changed workload that fails goes back to its last good spec. */
  rollback?: boolean;
  /** Seconds to wait for the lock. @default 0 */
  lockTimeout?: number;
  /** Aborting it lets running steps finish and starts no other: what the first Ctrl-C does. */
  drain?: AbortSignal;
  /** Aborting it ends running steps too: what the second Ctrl-C does. @default the project's signal */
  abort?: AbortSignal;
}

/** What came of an apply. */
export interface Applied {
  plan: Plan;
  /** `declined`: approve said no. `none`: the plan held nothing to do. */
  outcome: ApplyResult['outcome'] | 'declined' | 'none';
  /** Undefined where nothing was run. */
  result?: ApplyResult;
}

export type ImperativeCommand = 'start' | 'stop' | 'restart' | 'pause' | 'resume';
