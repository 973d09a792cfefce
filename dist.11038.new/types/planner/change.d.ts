import type { WorkloadChange } from '../model/plan.ts';
import type { Spec } from '../model/spec.ts';
import type { Node } from './node.ts';
/** What the plan tells of one workload. `steps`: ids of its own steps in order. */
export declare function changeOf(node: Node, steps: string[], before: Spec | null): WorkloadChange;
/** The last applied spec as it may be shown: what is sensitive by now is hidden in it too. Null where nothing is recorded. */
export declare function shownBefore(node: Node): Spec | null;
