import type { Observed, ObservedStatus } from '../model/observed.ts';
import type { Cause, ChangeAction, Difference, PlannedWorkload, Refusal } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Workload } from '../model/workload.ts';
/** How a workload is in reality: what the engine says, or what the record says where nobody was asked. */
export interface Now {
    status: ObservedStatus;
    /** Something runs (or may run) that a stop would have to end. */
    up: boolean;
    /** The engine has something of it. */
    made: boolean;
}
/** Which atomic actions one workload gets. Their order is fixed by steps.ts. */
export interface Shape {
    stop: boolean;
    update: boolean;
    /** The update touches the record alone. */
    recordOnly: boolean;
    destroy: boolean;
    create: boolean;
    start: boolean;
    wait: boolean;
    pause: boolean;
    resume: boolean;
    forget: boolean;
    /** The new instance is made beside the old one (create before destroy). */
    beside: boolean;
    /** Generations that an earlier replace left behind. */
    deposed: number[];
}
export declare const emptyShape: () => Shape;
/** One workload while a plan is made. Filled in once, in the order of the graph; read by those that come after. */
export interface Node {
    readonly id: string;
    readonly want: Workload | undefined;
    readonly record: WorkloadRecord | undefined;
    readonly observed: Observed | undefined;
    readonly now: Now;
    readonly previousId: string | undefined;
    /** False: left out by --target or --exclude; it stays as it is. */
    readonly included: boolean;
    /** What it will be; undefined where it is to go, or stays as it is. */
    planned: PlannedWorkload | undefined;
    /** What it would be, were it not refused; to be shown. */
    proposed: PlannedWorkload | undefined;
    shape: Shape;
    differences: Difference[];
    causes: Cause[];
    action: ChangeAction;
    /** It runs once to its end: a job, or something that another one waits to be completed. */
    runsOnce: boolean;
    /** It goes down for a while in this plan, or something it depends on does: nothing may be awaited of it before others stop. */
    disturbed: boolean;
    dataLoss: string[];
    refused: Refusal | undefined;
    /** Why it is not planned though it should be. */
    held: string | undefined;
}
/** True when it has any step. */
export declare function busy(shape: Shape): boolean;
/** True when the running instance goes away before another one is there. */
export declare function goesDown(shape: Shape): boolean;
/** True when it comes up in this plan. */
export declare function comesUp(shape: Shape): boolean;
