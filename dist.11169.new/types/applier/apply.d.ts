import type { ApplyResult } from '../model/event.ts';
import type { ApplyInput } from './contract.ts';
/**
 * Executes a plan's steps, each as soon as the ones it depends on are done, and decides nothing else. Failures of steps are in
 * the result, never thrown. Throws before anything is done: PJ4001 (the plan is broken), PJ4010 (its digests were made with
 * another key), PJ4013 (parallelism), and whatever `values.prepare` throws for sensitive values that cannot be had.
 */
export declare function apply(input: ApplyInput): Promise<ApplyResult>;
