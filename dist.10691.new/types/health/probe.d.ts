import type { Probe } from '../applier/contract.ts';
/** What probes need to know of where they run. */
export interface ProbeOptions {
    /** Absolute path of the project: what relative paths are relative to. */
    dir: string;
    /** The environment below the workload's own, for exec probes: PATH and the like. Never secrets. */
    env: Record<string, string | undefined>;
}
/**
 * One probe for all health checks of one run (or of one agent): it remembers how far it has read log files. Never throws: what
 * goes wrong is the reason why it is not healthy. A spec without a check beyond "it runs" is healthy.
 */
export declare function healthProbe(options: ProbeOptions): Probe;
