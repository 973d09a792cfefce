import type { Step } from '../model/plan.ts';
/**
 * The steps by the earliest wave in which each could run, by code unit within a wave. Ids of steps on a cycle, and of those
 * behind one, are missing; so are those that depend on something that is not there.
 */
export declare function wavesOf(steps: readonly Step[]): string[][];
