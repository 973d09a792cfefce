import type { PlanOptions } from '../model/plan.ts';
import { type DependencyGraph } from './graph.ts';
/** The two graphs and who is in them. */
export interface Scene {
    /** Each made when it is first asked for. */
    desired(): DependencyGraph;
    recorded(): DependencyGraph;
    isDesired(id: string): boolean;
    isRecorded(id: string): boolean;
}
/**
 * Which workloads the plan may touch. Targets bring what they depend on; a target that is to be destroyed brings what depends
 * on it and is to be destroyed too. Throws PJ2002 for an id that nobody knows (with the nearest one), PJ2011 for one that is both.
 */
export declare function scopeOf(options: PlanOptions, scene: Scene): (id: string) => boolean;
/** Throws PJ2002 with the nearest known id where nobody knows this one. */
export declare function requireKnown(option: string, id: string, scene: Pick<Scene, 'desired' | 'recorded' | 'isDesired' | 'isRecorded'>): void;
