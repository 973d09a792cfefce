import type { Observed } from '../model/observed.ts';
import type { Cause, UpdateClass } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { DesiredState } from '../model/workload.ts';
import { type Context } from './context.ts';
import type { Node } from './node.ts';
/** After a create: as far up as it is wanted. */
export declare function bringUp(node: Node, wanted: DesiredState, ctx: Context): void;
/**
 * Start, stop, pause, resume or wait for an instance that stays. `updateClass` is the heaviest change that is made to it in
 * the same go: with `restart` it is stopped first and comes up again.
 */
export declare function settleRunState(node: Node, record: WorkloadRecord, wanted: DesiredState, updateClass: UpdateClass | undefined, ctx: Context): void;
/** Runs it again from the start though nothing of it has changed: stop, start around something else, or because somebody asked. */
export declare function cycle(node: Node): void;
/** What reality has done to a workload since the last apply, as the cause of bringing it back; undefined where it did nothing. */
export declare function outside(observed: Observed | undefined, record: WorkloadRecord): Cause | undefined;
