import type { Drift } from '../model/plan.ts';
import type { Spec } from '../model/spec.ts';
import type { Node } from './node.ts';
import { type Digest } from './sensitive.ts';
/** What has moved in reality of one workload since the last apply, whether or not the plan acts on it; undefined where nothing has. `before`: its last applied spec as it may be shown. */
export declare function driftIn(node: Node, before: Spec, digest: Digest): Drift | undefined;
