import type { Cgroup } from './cgroup.ts';
import { type ProcessIdentity } from './identity.ts';
export { type Executable, readCmdline, readEnviron, readExe } from './proc-files.ts';
export { type ProcessStat, readStat } from './process-stat.ts';
/** The environment variable that marks every process of a workload. */
export declare const MARKER = "PJ_IDENTITY";
/** How the processes of one workload are found. */
export interface TreeRoot {
    /** The first process, a session leader; undefined when it is not known any more. */
    identity?: ProcessIdentity | undefined;
    /** Where there is one it alone decides: everything in it belongs to the workload. */
    cgroup?: Cgroup | undefined;
    /** The value of PJ_IDENTITY that its processes carry. */
    marker?: string | undefined;
}
/**
 * The processes of a workload that live now. With a cgroup that exists: its members. Else, the first process (its identity
 * verified), its session and group and all descendants, and whatever carries the marker, with descendants. Never this process.
 */
export declare function treePids(root: TreeRoot): ProcessIdentity[];
/**
 * Signals every process of a workload, each one's identity verified right before, and scans again until no new one turns up.
 * A stopped process is continued so that it can act on the signal. SIGKILL goes through the cgroup where there is one.
 * Gives the processes that were signalled; a first process whose identity does not hold any more is never touched.
 */
export declare function signalTree(root: TreeRoot, signal: NodeJS.Signals): ProcessIdentity[];
/** Signals one process if it is still that process. False: it is not, and nothing was done. Throws EPERM as the kernel gives it. */
export declare function signalOne(member: ProcessIdentity, signal: NodeJS.Signals): boolean;
/** Every process whose environment (as it was when it began) has a PJ_IDENTITY that starts with `prefix`. Those of other users only for root. */
export declare function scanMarked(prefix: string): {
    pid: number;
    identity: ProcessIdentity;
    marker: string;
}[];
/** `exited 1`, `exited 137 (SIGKILL)`; `exit unknown` when neither is known. A shell's 128 + n names the signal too. */
export declare function describeExit(code: number | null, signal: NodeJS.Signals | null): string;
