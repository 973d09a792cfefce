import type { PlanWarning } from '../model/plan.ts';
import type { Context } from './context.ts';
import { type Node } from './node.ts';
/**
 * Refuses the destroy of what must not be destroyed, and of data without leave. Where there is a descriptor its
 * preventDestroy holds; where there is none, the one in the state does, so that deleting a descriptor does not bypass it.
 */
export declare function guardDestroy(node: Node, ctx: Context): void;
/** What follows from another refusal: it is refused too, as half a change would break it. */
export declare function holdRefused(node: Node, because: string): void;
/** Leaves a workload as it is, with a warning that says why; nothing forbids it, it is just not its time. */
export declare function hold(node: Node, why: PlanWarning, ctx: Context): void;
