import type { StepAction } from '../model/plan.ts';
import type { ChangeJson, ChangePj, DriftPj } from './plan-json-types.ts';

/** What every line of the stream has. */
export interface UiBase {
  '@level': 'error' | 'warn' | 'info' | 'debug';
  /** For people. */
  '@message': string;
  '@module': 'pj.ui';
  /** RFC 3339. */
  '@timestamp': string;
}

/** A workload as Terraform's stream names resources; `id` is pj's own. */
export interface UiResource {
  addr: string;
  module: '';
  resource: string;
  implied_provider: 'pj';
  resource_type: string;
  resource_name: string;
  resource_key: null;
  id: string;
}

export interface Hook {
  resource: UiResource;
  action: 'create' | 'update' | 'delete' | 'remove';
  id_key?: string;
  id_value?: string;
  elapsed_seconds?: number;
}

/** `remove` is what is destroyed; `forget` is pj's (as OpenTofu has it). */
export interface ChangeSummary {
  add: number;
  change: number;
  import: 0;
  remove: number;
  forget: number;
  operation: 'plan' | 'apply' | 'destroy';
}

interface StepPj {
  step: string;
  action: StepAction;
  generation: number;
}

/** What a line says, by its type. */
export type UiBody =
  | { type: 'version'; pj: string; terraform: string; ui: string }
  | { type: 'log'; resource?: UiResource }
  | {
      type: 'diagnostic';
      diagnostic: { severity: 'error' | 'warning'; summary: string; detail: string; address?: string; code: string };
    }
  | { type: 'lock_waiting' | 'lock_taken_over'; lock: { holder: string; since: string; operation: string } }
  | {
      type: 'recovered';
      resource: UiResource;
      recovered: { action: StepAction; verdict: string; detail?: string };
    }
  | { type: 'refresh_start'; pj: { workloads: number } }
  | { type: 'refresh_complete'; pj: { workloads: number; elapsed_ms: number } }
  | {
      type: 'resource_drift';
      change: { resource: UiResource; action: 'update' | 'delete' };
      pj: DriftPj & { change: ChangeJson };
    }
  | {
      type: 'planned_change';
      change: { resource: UiResource; previous_resource?: UiResource; action: string; reason?: string };
      pj: ChangePj & { change: ChangeJson };
    }
  | { type: 'change_summary'; changes: ChangeSummary; pj: object }
  | { type: 'apply_start'; hook: Hook; pj: StepPj }
  | { type: 'apply_progress'; hook: Hook; pj: StepPj & { message: string } }
  | { type: 'apply_complete'; hook: Hook; pj: StepPj & { elapsed_ms: number } }
  | { type: 'apply_errored'; hook: Hook; pj: StepPj & { elapsed_ms: number; code: string; message: string } }
  | { type: 'apply_skipped'; hook: Hook; pj: StepPj & { because: string; reason: 'dependency-failed' | 'interrupted' } }
  | { type: 'rollback'; resource: UiResource; rollback: { phase: 'start' | 'done' | 'failed'; message?: string } }
  | { type: 'interrupting'; pj: { running: string[]; count: 1 | 2 } };

/** One line of the stream. */
export type UiLine = UiBase & UiBody;
