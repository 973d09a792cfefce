import type { PlanWarning } from '../model/plan.ts';
import type { Dependency } from '../model/workload.ts';
import type { PlannerInput, ProviderRules } from './input.ts';
import type { Node } from './node.ts';
/** What is at hand while the workloads are decided one by one, dependencies first. */
export interface Context {
    input: PlannerInput;
    /** All of them, by id; decided up to the one at hand. */
    nodes: Map<string, Node>;
    rules(provider: string): ProviderRules;
    /** False where specs are taken as recorded: an imperative command changes no spec. */
    compareSpecs: boolean;
    /** Asked by name to be replaced (`--replace`) or restarted (`pj restart`), or run again (`pj start` of a job); the value says by what. */
    asked: {
        replace: ReadonlyMap<string, string>;
        restart: ReadonlyMap<string, string>;
        start: ReadonlyMap<string, string>;
    };
    warnings: PlanWarning[];
}
/** The dependencies of a workload that are there; optional ones that are not are left out. */
export declare function present(dependencies: readonly Dependency[], has: (id: string) => boolean): Dependency[];
/** Whether something is waited for once it is started: its health, or its end. */
export declare function isAwaited(node: Node): boolean;
