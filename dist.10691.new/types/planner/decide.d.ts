import type { ChangeAction } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Workload } from '../model/workload.ts';
import { type Context } from './context.ts';
import { type Node, type Shape } from './node.ts';
/**
 * Decides what one wanted workload gets, from what is wanted, recorded and observed, and from what was decided for all that
 * it depends on. Fills the node in.
 */
export declare function decide(node: Node, want: Workload, ctx: Context): void;
/** What the shape is called. */
export declare function actionOf(shape: Shape, record: WorkloadRecord | undefined): ChangeAction;
