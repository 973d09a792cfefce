import type { Clock } from '../applier/contract.ts';
/** The real clock. */
export declare const systemClock: Clock;
