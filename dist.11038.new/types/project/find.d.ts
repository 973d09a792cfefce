import type { RecoveryOptions } from '../state/recovery.ts';
import { type Run } from './run.ts';
/** How recovery asks the engines what became of an interrupted step. */
export declare function recoveryOf(run: Run): RecoveryOptions;
