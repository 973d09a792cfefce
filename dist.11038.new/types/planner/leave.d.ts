import type { Cause } from '../model/plan.ts';
import type { Context } from './context.ts';
import type { DependencyGraph } from './graph.ts';
import { type Node } from './node.ts';
/**
 * Decides what a workload gets that is to go: forgotten (it runs on) or stopped and destroyed. To be called for dependents
 * before what they depend on; everything that stays is decided by then.
 */
export declare function leave(node: Node, how: {
    forget: boolean;
    cause: Cause;
}, recorded: DependencyGraph, ctx: Context): void;
