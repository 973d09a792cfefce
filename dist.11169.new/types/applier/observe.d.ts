import type { Observed } from '../model/observed.ts';
import type { Step } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Provider } from '../providers/contract.ts';
import type { Run } from './run.ts';
/** What the engine says of one workload now; `gone` where it says nothing. */
export declare function askEngine(run: Run, step: Step, provider: Provider, record: WorkloadRecord): Promise<Observed>;
/** The files that a workload's output goes to, for a health check by log line. */
export declare function logFilesFor(provider: Provider, record: WorkloadRecord): string[];
/** How long each file is now, in bytes; 0 for one that is not there yet. */
export declare function fileSizes(files: readonly string[]): Promise<number[]>;
