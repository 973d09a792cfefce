import type { Plan, PlanWarning } from '../model/plan.ts';
import type { DependencyGraph } from './graph.ts';
import type { PlannerInput } from './input.ts';
import { type Node } from './node.ts';
/** What was decided, ready to be written down. */
export interface Decided {
    /** In the order of their ids. */
    nodes: ReadonlyMap<string, Node>;
    recorded(): DependencyGraph;
    moved: {
        from: string;
        to: string;
    }[];
    warnings: PlanWarning[];
}
/** Writes the plan down: steps with their edges, waves, changes, drift, digests. */
export declare function assemble(input: PlannerInput, decided: Decided): Plan;
