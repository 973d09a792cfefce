import type { Context } from './context.ts';
import { type Node } from './node.ts';
import type { References } from './references.ts';
/** Why a workload cannot be started in this plan. */
export interface Blocked {
    because: string;
    /** A guard is behind it: the plan as a whole is refused, not put off. */
    refused: boolean;
}
/** Which of its dependencies cannot reach its condition in this plan; undefined where all can. */
export declare function whyBlocked(node: Node, ctx: Context): Blocked | undefined;
/** Which attribute that its spec refers to cannot come to be in this plan; undefined where all can. */
export declare function whyUnknowable(node: Node, from: References): Blocked | undefined;
