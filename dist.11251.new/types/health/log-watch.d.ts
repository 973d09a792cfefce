import type { ProbeRequest, Verdict } from '../applier/contract.ts';
/**
 * Looks for a line that matches a pattern in what a workload has written since its last start. Each probe reads on from where
 * the one before stopped; once found it stays found until the next start.
 */
export declare function logWatch(): (request: ProbeRequest, pattern: string) => Promise<Verdict>;
