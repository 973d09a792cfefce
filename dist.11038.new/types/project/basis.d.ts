import type { Basis } from './plan.ts';
import { type Run } from './run.ts';
/** The basis of a look that changes nothing: the state as recovery would leave it, and what the engines say. */
export declare function previewBasis(run: Run, refresh: boolean): Promise<Basis>;
/** The basis, where there must be a state. */
export declare function recordedBasis(run: Run, refresh?: boolean): Promise<Basis & {
    snapshot: NonNullable<Basis['snapshot']>;
}>;
