import type { ApplyResult, StepResult } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
/** What a result is made from. */
export interface Report {
    plan: Plan;
    /** In plan order. */
    steps: StepResult[];
    rolledBack: string[];
    /** Ctrl-C came. */
    interrupted: boolean;
    elapsedMs: number;
}
/** What an apply came to. */
export declare function resultOf(report: Report): ApplyResult;
