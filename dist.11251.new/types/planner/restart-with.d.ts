import type { WorkloadRecord } from '../model/record.ts';
import type { Dependency, Workload } from '../model/workload.ts';
import type { Context } from './context.ts';
import type { Node } from './node.ts';
/** Whether somebody who depends on this one finds another instance of it after the plan. A plain start after a wanted stop is none. */
export declare function renewed(node: Node): 'replaced' | 'restarted' | undefined;
/** Restarts a running workload around those of its dependencies with `restart: true` that are renewed. */
export declare function passOn(node: Node, dependencies: readonly Dependency[], want: Workload, record: WorkloadRecord, ctx: Context): void;
/** Says so where a workload that is left out of the plan would have to restart with one that is not. */
export declare function warnOfLeftOut(node: Node, dependencies: readonly Dependency[], ctx: Context): void;
