/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A JSON object; a key that is absent and one that is undefined mean the same. */
export type JsonObject = {
    [key: string]: Json | undefined;
};
/** An RFC 6901 JSON pointer, such as `/native/args/0`; the empty string is the whole document. */
export type Pointer = string;
export declare function isObject(value: unknown): value is JsonObject;
/** The pointer's segments, unescaped: `/a~1b/0` gives `['a/b', '0']`. */
export declare function segments(pointer: Pointer): string[];
/** The pointer that names the given segments. */
export declare function pointer(...path: readonly (string | number)[]): Pointer;
/** The value at a pointer, or undefined where there is none. */
export declare function at(document: Json | undefined, path: Pointer): Json | undefined;
/** True when `path` is `prefix` or lies below it; `/env` covers `/env/HOME` but not `/environment`. */
export declare function isBelow(path: Pointer, prefix: Pointer): boolean;
/** JSON text with sorted keys and no undefined: equal values give equal text, byte for byte. */
export declare function canonical(value: Json | undefined, indent?: number): string;
/** A copy with the keys of every object sorted, and absent ones dropped. */
export declare function sorted(value: Json | undefined): Json | undefined;
/** Deep equality that ignores key order and absent keys. */
export declare function equal(a: Json | undefined, b: Json | undefined): boolean;
