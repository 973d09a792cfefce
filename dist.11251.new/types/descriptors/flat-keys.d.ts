import type { Json } from '../model/json.ts';
/** Reads a flat key's value, nearly always a string, into what the typed block holds; undefined when it can't be that. */
export type FlatReader = (value: Json) => Json | undefined;
export interface FlatKey {
    /** Where it goes in the native dialect. */
    path: readonly (string | number)[];
    read: FlatReader;
    /** What is expected, for the error. */
    expects: string;
}
/** Every key of the platform-java dialect that stands under `properties`. */
export declare const FLAT_KEYS: ReadonlyMap<string, FlatKey>;
/** Prefixes whose every key below is one entry of a map: `native.env.HOME`. */
export declare const FLAT_MAPS: readonly (readonly [prefix: string, path: readonly string[], read: FlatReader])[];
/** Keys of the platform-java dialect that stand at the top of a descriptor, and where they go. */
export declare const TOP_KEYS: Readonly<Record<string, readonly string[]>>;
