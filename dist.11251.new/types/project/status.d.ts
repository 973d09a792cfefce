import type { Health } from '../model/lifecycle.ts';
import type { Kind } from '../model/workload.ts';
import { type Run } from './run.ts';
/** One workload, as it is now. */
export interface WorkloadStatus {
    id: string;
    kind: Kind;
    /** The lifecycle state as observed; `GONE` where the engine has nothing, `UNTRACKED`-free: only what the state knows is listed. */
    state: string;
    health: Health;
    /** ISO 8601. */
    since?: string;
    detail?: string;
    address?: string;
    pid?: number;
    restarts?: number;
    /** Cores. */
    cpu?: number;
    /** Bytes. */
    memory?: number;
    lastError?: string;
}
/** The status of every recorded workload, or of those named. Changes nothing. */
export declare function statusRun(run: Run, ids: readonly string[]): Promise<WorkloadStatus[]>;
