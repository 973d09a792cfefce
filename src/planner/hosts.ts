import type { Spec } from '../model/spec.ts';
import type { Node } from './node.ts';

/** The id of the host JVM that something runs in; undefined where it is a process, a container or a machine of its own. */
export const hostOf = (spec: Spec | undefined): string | undefined => spec?.java?.host;

/** True when it runs in this one now: whatever takes the host down takes it down too. */
export const runsIn = (node: Node, host: string): boolean => node.now.up && hostOf(node.record?.spec) === host;
