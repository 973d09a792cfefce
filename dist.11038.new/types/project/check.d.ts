import type { PlanOptions, PlanWarning } from '../model/plan.ts';
import type { Run } from './run.ts';
/**
 * Asks every provider what it cannot hold or do on this host. Errors are thrown, all in one; warnings come back.
 * Workloads that the plan is told to leave out are not asked about.
 */
export declare function checkWorkloads(run: Run, options: PlanOptions): Promise<PlanWarning[]>;
