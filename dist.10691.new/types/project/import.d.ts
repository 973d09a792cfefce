import type { WorkloadRecord } from '../model/record.ts';
import { type Run } from './run.ts';
/** Adopts what already runs as the workload `id`, which a descriptor must describe. Nothing is started or stopped. */
export declare function importRun(run: Run, id: string, engineId: string, lockTimeout: number): Promise<WorkloadRecord>;
