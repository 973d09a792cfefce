import type { Observed, ObservedStatus } from '../model/observed.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Now } from './node.ts';
/** How a workload is now. A record that was not observed counts as looking just as recorded. */
export declare function nowOf(record: WorkloadRecord | undefined, observed: Observed | undefined): Now;
/** What the engine would say of a workload that is just as recorded. */
export declare function recordedStatus(record: WorkloadRecord): ObservedStatus;
