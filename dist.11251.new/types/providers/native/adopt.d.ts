import type { Spec } from '../../model/spec.ts';
/** What a running process is, as a spec. */
export interface Described {
    pid: number;
    /** With everything that a restart needs. */
    whole: Spec;
    /** What may be recorded: without arguments where nobody says that none of them is a secret. */
    recorded: Spec;
}
/**
 * Describes a process from /proc. With a `spec` of the descriptor, that spec with what differs in reality put in its place, so that the next
 * plan shows it; variables that the process does not have are left out. Throws PJ5305.
 */
export declare function describeProcess(id: string, engineId: string, spec: Spec | undefined, project: string, path: string): Described;
