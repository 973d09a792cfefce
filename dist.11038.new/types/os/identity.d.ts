/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
    pid: number;
    /** Field 22 of /proc/PID/stat: clock ticks since the boot, as text (it may exceed 2^53). */
    startTime: string;
    /** /proc/sys/kernel/random/boot_id: changes with every boot. */
    bootId: string;
}
/**
 * Who the process with that pid is now. Undefined when there is none, or when it has ended and only waits for its parent
 * (zombie). Never throws. `proc` is where procfs is mounted.
 */
export declare function identify(pid: number, proc?: string): ProcessIdentity | undefined;
/**
 * True when exactly that process still runs: same boot, same pid, same start time, not a zombie. A process that the kernel
 * hides from us (hidepid) counts as alive, since its end cannot be proved.
 */
export declare function isAlive(identity: ProcessIdentity, proc?: string): boolean;
/** This process. Throws when /proc is not mounted: without it nothing can be told apart. */
export declare function selfIdentity(): ProcessIdentity;
/** The id of this boot, or undefined without procfs. */
export declare function bootId(proc?: string): string | undefined;
