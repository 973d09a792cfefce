import type { Applied, ImperativeCommand } from './options.ts';
import type { Run } from './run.ts';
/** Starts, stops, restarts, pauses or resumes workloads, as a small plan of its own that is journalled like any other. */
export declare function imperativeRun(run: Run, command: ImperativeCommand, ids: readonly string[], options: {
    cascade: boolean;
    lockTimeout: number;
    drain?: AbortSignal;
    abort?: AbortSignal;
}): Promise<Applied>;
