import type { JsonObject } from '../model/json.ts';
import type { ObservedStatus } from '../model/observed.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { PendingIntent } from './contract.ts';
/** What the engine has under the identity of an interrupted step; a provider's `find` gives it. */
export interface FoundInstance {
    handle: JsonObject;
    attributes: JsonObject;
    status: ObservedStatus;
    /** False: its create did not come to its end. */
    whole: boolean;
    specDigest?: string;
}
/** `adopted`: it was made and is taken over. `cleaned`: it is half made or dead, the next plan removes it. */
export type SettleVerdict = 'adopted' | 'cleaned' | 'not-done' | 'done';
/** What became of an interrupted step. */
export interface Settlement {
    verdict: SettleVerdict;
    /** What the state is to say from now on; null: nothing of this workload. */
    record: WorkloadRecord | null;
    /** For people. */
    detail: string;
}
/** True when the engine has to be asked whether the step happened; waiting and forgetting leave no trace there. */
export declare function leavesTrace(intent: PendingIntent): boolean;
/** Settles an interrupted step by what was found. Pure. `at` becomes updatedAt of what changed. */
export declare function settle(intent: PendingIntent, found: FoundInstance | undefined, at: string): Settlement;
