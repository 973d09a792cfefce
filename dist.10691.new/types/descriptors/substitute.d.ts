import { type Json } from '../model/json.ts';
import type { Path, Problem } from './problem.ts';
/** What `${…}` can name. The same for every workload of a run. */
export interface Names {
    project: string;
    /** Values of the variables that are set or have a default. */
    variables: ReadonlyMap<string, Json>;
    /** Declared names, also of those that have no value (that is reported once, at its declaration). */
    declared: ReadonlySet<string>;
    sensitive: ReadonlySet<string>;
    secrets: ReadonlySet<string>;
    env: Readonly<Record<string, string | undefined>>;
    /** Ids of all workloads, replicas expanded. */
    ids: ReadonlySet<string>;
    /** Ids that stand for replicas, with their number. */
    replicated: ReadonlyMap<string, number>;
}
/** What `${self…}` and `${index}` mean here. */
export interface Self {
    id: string;
    index: number;
    name?: string;
    kind?: string;
    version?: string;
}
/** A fault of a `${…}`; the caller knows the place. */
export type Fault = Pick<Problem, 'code' | 'details' | 'advice'> & {
    path: Path;
    find: string;
};
export interface Substitution {
    names: Names;
    self: Self | undefined;
    /** Told once for each `${workload.ID.ATTR}`. */
    refers?: (id: string, path: Path) => void;
    fault: (fault: Fault) => void;
    /** True for paths where platform-java's `${NAME}` is the environment. */
    bareIsEnv?: (path: Path) => boolean;
}
/**
 * A value with every `${…}` in its strings replaced: by its value where that is known and not sensitive (type kept when it is the
 * whole string), else by a template leaf. Values without one are shared, not copied.
 */
export declare function substitute(value: Json, with_: Substitution, path?: Path): Json;
