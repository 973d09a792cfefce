/**
 * The programmatic API: what the commands do, as functions.
 * @example
 * const project = openProject({ dir: 'examples/quickstart' });
 * const { outcome } = await project.apply();
 */
export { EXIT, PjError } from './errors.ts';
export type { ApplyResult, Event, StepResult } from './model/event.ts';
export type { Drift, Plan, PlanSummary, Step, WorkloadChange } from './model/plan.ts';
export type { Snapshot, WorkloadRecord } from './model/record.ts';
export type { Workload } from './model/workload.ts';
export type { Healed, HealRequest } from './project/heal.ts';
export { initProject } from './project/init.ts';
export { openProject } from './project/open.ts';
export type { Applied, ApplyRequest, PlanRequest, ProjectOptions } from './project/options.ts';
export type {
  ImperativeOptions,
  MigrateRequest,
  Project,
  ProjectAgent,
  ProjectSnapshots,
  ProjectState,
  RevertRequest,
  SnapshotRequest,
  Validation,
} from './project/project.ts';
export type { WorkloadStatus } from './project/status.ts';
export type { EngineSnapshot } from './providers/contract.ts';
export { VERSION } from './version.ts';
