import { type JsonObject } from '../model/json.ts';
import type { Kind } from '../model/workload.ts';
import { type Path } from './problem.ts';
/** A fault of the dialects; the caller knows the document. */
export interface DialectFault {
    code: 'PJ1010' | 'PJ1012' | 'PJ1015';
    details: Record<string, string | number>;
    /** Where in the document as written. */
    paths: {
        path: Path;
        at: 'key' | 'value';
    }[];
}
/** A descriptor in the native dialect, with `${…}` as written. */
export interface Lifted {
    value: JsonObject;
    /** The path as written of a path in `value`. */
    written(path: Path): Path;
}
/**
 * Both dialects as one: flat keys move into the typed block, `X.env` into `env`, properties without a known prefix into `env`
 * (they stay for java, as system properties). What a fault concerns is left out.
 */
export declare function lift(document: JsonObject, kind: Kind, fault: (fault: DialectFault) => void): Lifted;
