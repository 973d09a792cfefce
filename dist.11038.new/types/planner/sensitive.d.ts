import { type Json, type Pointer } from '../model/json.ts';
export type Digest = (value: Json) => string;
/** The same, secrecy included: a value that becomes sensitive (or no longer is) has changed. Unknown is never the same. */
export declare function sameLeaf(a: Json | undefined, b: Json | undefined): boolean;
/** The same value, whether or not one side of it is known by its digest only. Null counts as absent: engines say so. */
export declare function sameValue(a: Json | undefined, b: Json | undefined, digest: Digest): boolean;
/** The value as it may be shown and stored: by its digest where one of the others at its place is sensitive. */
export declare function masked(value: Json | undefined, digest: Digest, ...others: (Json | undefined)[]): Json | undefined;
/** A copy with the value at one pointer replaced, or taken out where it is undefined; everything else is shared. */
export declare function withAt<T extends Json>(document: T, path: Pointer, value: Json | undefined): T;
/** True when something sensitive is in it, known or not. */
export declare function hasSecret(value: Json | undefined): boolean;
