import type { Drift } from '../model/plan.ts';
import type { Run } from './run.ts';
/** What has moved in reality since the last apply, all of it; nothing is planned or changed. */
export declare function driftRun(run: Run): Promise<Drift[]>;
