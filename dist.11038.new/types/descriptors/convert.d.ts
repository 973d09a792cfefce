import { type Json, type JsonObject } from '../model/json.ts';
/** Turns a validated value into its normalised form; undefined leaves the key out. */
export type Convert = (value: Json) => Json | undefined;
export declare const asIs: Convert;
export declare const toText: Convert;
export declare const toBytes: Convert;
export declare const toSeconds: Convert;
export declare const toPort: Convert;
/** A list of words; a text (a variable's value) is split as a shell would, a leaf is one word. */
export declare const toWords: Convert;
export declare const toTextMap: Convert;
/** A list; a single value is a list of one. */
export declare const toList: (convert: Convert) => Convert;
/** `NET_ADMIN`, however it was written. */
export declare const toCapability: Convert;
/** Every entry converted. */
export declare function mapValues(map: JsonObject, convert: Convert): JsonObject;
/** The keys of a map, each converted as the table says; those that are not in it stay as they are. */
export declare function convertKeys(map: JsonObject, table: Readonly<Record<string, Convert>>): JsonObject;
/** A map converted by a table, where the value is one. */
export declare const toMap: (table: Readonly<Record<string, Convert>>) => Convert;
