/**
 * What is wrong with a value that should be the records of a state, in one sentence; undefined when nothing is. Checked by
 * hand and in one pass, since every command does it: shape of each record, ids that match their keys, legal lifecycle
 * states, no two instances of one generation, no cycle. Unknown extra keys are kept and not complained of.
 *
 * That a dependency is not recorded is legal: it is so between the destroy and the create of a replace.
 */
export declare function problemIn(workloads: unknown): string | undefined;
/** What is wrong with one record, or undefined. */
export declare function recordProblem(id: string, record: unknown): string | undefined;
