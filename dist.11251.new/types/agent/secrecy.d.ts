import { type Pointer } from '../model/json.ts';
import type { Spec } from '../model/spec.ts';
/** What may be written down of a spec: the stored form where it is known, else the spec without every value that could be a secret. */
export declare function storable(spec: Spec, stored: Spec | undefined): Spec;
/** A spec with its secrets learnt back, and what could not be learnt: where it stands and what people call it. */
export interface Learnt {
    spec: Spec;
    missing: {
        path: Pointer;
        name: string;
    }[];
}
/**
 * Puts secrets back into a stored spec from the process that was started with them: values of `env` and `properties` from its environment,
 * arguments from its command line (which ends with them, whatever interpreter stands before).
 */
export declare function learnBack(stored: Spec, running: {
    environ: Record<string, string>;
    cmdline: string[];
}): Learnt;
/** The first secret without which the process cannot be started; health checks and the stop command are not needed for that. */
export declare function missingForStart(missing: Learnt['missing']): string | undefined;
