import type { Step } from '../model/plan.ts';
import type { Node } from './node.ts';
/** The steps of one workload by what they are for; those of the graph's edges are looked up here. */
export interface OwnSteps {
    /** Ends the instance that is there now; with a new one beside it, that is the old generation. */
    stop?: Step;
    destroy?: Step;
    update?: Step;
    create?: Step;
    start?: Step;
    wait?: Step;
    pause?: Step;
    resume?: Step;
    forget?: Step;
    /** Of generations left behind by an earlier replace. */
    leftovers: Step[];
    all: Step[];
}
/** The steps of one workload, each after the one before it. */
export declare function stepsOf(node: Node): OwnSteps;
/** The step after which a dependency has reached a condition; undefined where it has no step for it. */
export declare function readyStep(own: OwnSteps, condition: 'started' | 'healthy' | 'completed'): Step | undefined;
