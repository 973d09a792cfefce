import { type JsonObject } from '../model/json.ts';
import { type Kind } from '../model/workload.ts';
import type { Path } from './problem.ts';
/** A key that says what kind a descriptor is. */
export interface KindKey {
    kind: Kind;
    path: Path;
}
/**
 * The kind that a flat key belongs to. `java.` is also where the JDK's own system properties live (`java.io.tmpdir`): of those with one
 * more word only what pj knows, or might have been meant, counts.
 */
export declare function flatKind(key: string): Kind | undefined;
/** Every key of a descriptor that says a kind, in the order vm, container, native, java, external. */
export declare function kindKeys(document: JsonObject): KindKey[];
