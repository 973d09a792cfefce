import type { JsonObject } from './json.ts';
import type { Health, LifecycleState } from './lifecycle.ts';
import type { Spec } from './spec.ts';
import type { Dependency, DesiredState, Kind, Lifecycle } from './workload.ts';
/**
 * Who a thing in an engine is. Every provider writes it into the engine in the very call that makes the thing, so that it
 * can be found again after a crash. `generation` counts the instances of a workload: a replacement made beside the old one has the next.
 */
export interface Identity {
    project: string;
    lineage: string;
    id: string;
    generation: number;
}
/** What the state knows of one workload. */
export interface WorkloadRecord {
    id: string;
    kind: Kind;
    provider: string;
    generation: number;
    /** As last applied: references resolved, sensitive values as digests. */
    spec: Spec;
    /** The engine's own identity; null while nothing is made. Opaque to all but its provider. */
    handle: JsonObject | null;
    state: LifecycleState;
    health: Health;
    /** A one-shot job that ran to its end with success. */
    completed: boolean;
    desiredState: DesiredState;
    dependencies: Dependency[];
    lifecycle: Lifecycle;
    /** What others may refer to as `${workload.ID.ATTR}`: id, address, ports, pid, … */
    attributes: JsonObject;
    createdAt: string;
    updatedAt: string;
    lastError?: {
        code: string;
        message: string;
    };
    /** The last spec that ran well; what a rollback goes back to. */
    previousSpec?: Spec;
    /** An instance that a create-before-destroy replace has not removed yet. */
    deposed?: Deposed[];
    /** Set by an imperative command (`pj stop`), so that plan can say who stopped it. */
    imperative?: {
        command: string;
        at: string;
    };
}
export interface Deposed {
    generation: number;
    provider: string;
    spec: Spec;
    handle: JsonObject | null;
}
/** The state of a project: what state.json holds, the checksum aside. */
export interface Snapshot {
    version: 1;
    lineage: string;
    /** Counts the changed snapshots from 1. */
    serial: number;
    pjVersion: string;
    workloads: Record<string, WorkloadRecord>;
}
