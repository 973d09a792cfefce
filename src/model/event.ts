import type { Drift, Plan, PlanSummary, Step, StepAction, WorkloadChange } from './plan.ts';

/** A step's fate. `skipped`: something it depends on failed. `not-started`: the run was interrupted before its turn. */
export type StepOutcome = 'done' | 'failed' | 'skipped' | 'not-started';

export interface StepResult {
  step: string;
  workload: string;
  action: StepAction;
  outcome: StepOutcome;
  /** Milliseconds; 0 where it did not run. */
  elapsedMs: number;
  error?: { code: string; message: string };
  /** For `skipped`: the id of the step that failed. */
  because?: string;
}

/** What an apply came to. */
export interface ApplyResult {
  /** ok; partial: some steps failed; interrupted; refused before anything was done is an error, not a result. */
  outcome: 'ok' | 'failed' | 'partial' | 'interrupted';
  steps: StepResult[];
  rolledBack: string[];
  /** Resources as Terraform counts them, of what was really done. */
  summary: PlanSummary;
  elapsedMs: number;
  /** The command to go on with, or undefined when there is nothing left. */
  next?: string;
}

/** Everything the engine tells while it works. It never prints; the host (screen, JSON lines, a test) renders these. */
export type Event =
  | { type: 'log'; level: 'debug' | 'info' | 'warn'; message: string; workload?: string }
  | {
      type: 'diagnostic';
      severity: 'error' | 'warning';
      code: string;
      summary: string;
      detail?: string;
      workload?: string;
    }
  | { type: 'lock_waiting'; holder: string; since: string; operation: string }
  | { type: 'lock_taken_over'; holder: string; since: string; operation: string }
  | {
      type: 'recovered';
      workload: string;
      action: StepAction;
      verdict: 'adopted' | 'cleaned' | 'not-done' | 'done';
      detail?: string;
    }
  | { type: 'refresh_start'; workloads: number }
  | { type: 'refresh_complete'; workloads: number; elapsedMs: number }
  | { type: 'drift_found'; drift: Drift }
  | { type: 'change_planned'; change: WorkloadChange }
  | { type: 'plan_complete'; plan: Plan }
  | { type: 'step_start'; step: Step }
  | { type: 'step_progress'; step: Step; message: string; elapsedMs: number }
  | { type: 'step_complete'; step: Step; elapsedMs: number; engineId?: string }
  | { type: 'step_errored'; step: Step; elapsedMs: number; code: string; message: string }
  | { type: 'step_skipped'; step: Step; because: string; reason: 'dependency-failed' | 'interrupted' }
  | { type: 'rollback'; workload: string; phase: 'start' | 'done' | 'failed'; message?: string }
  | { type: 'interrupting'; running: string[]; count: 1 | 2 }
  | { type: 'apply_complete'; result: ApplyResult };

/** Who listens to events. Must not throw. */
export type Listener = (event: Event) => void;
