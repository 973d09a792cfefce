import type { Verdict } from '../applier/contract.ts';
export interface ExecProbe {
    /** argv: no shell has a hand in it. */
    command: readonly string[];
    cwd: string;
    /** The whole environment. */
    env: Record<string, string>;
    /** Whom it runs as; default the user of this process. */
    uid?: number;
    gid?: number;
}
/**
 * Healthy when the command exits 0. It runs in a process group of its own, which is killed as a whole when the signal is
 * aborted. The reason of a failure ends with the last of what it printed.
 */
export declare function probeExec(probe: ExecProbe, signal: AbortSignal): Promise<Verdict>;
