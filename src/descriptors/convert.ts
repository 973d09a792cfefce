import { isObject, type Json, type JsonObject } from '../model/json.ts';
import { isLeaf } from '../model/template.ts';
import { bytes, port, seconds } from './quantity.ts';
import { shellWords } from './shell-words.ts';

/** Turns a validated value into its normalised form; undefined leaves the key out. */
export type Convert = (value: Json) => Json | undefined;

/** A converter that lets leaves through: what is not known yet is normalised by whoever resolves it. */
const orLeaf =
  (convert: Convert): Convert =>
  (value) =>
    isLeaf(value) ? (value as unknown as Json) : convert(value);

export const asIs: Convert = (value) => value;
export const toText = orLeaf((value) => (typeof value === 'object' ? undefined : String(value)));
export const toBytes = orLeaf(bytes);
export const toSeconds = orLeaf(seconds);
export const toPort = orLeaf(port);
/** A list of words; a text (a variable's value) is split as a shell would, a leaf is one word. */
export const toWords: Convert = (value) => {
  if (isLeaf(value)) return [value as unknown as Json];
  const list = Array.isArray(value) ? value : (shellWords(String(value)) ?? [String(value)]);
  return list.map((word) => toText(word) ?? '');
};
export const toTextMap: Convert = (value) => (isObject(value) && !isLeaf(value) ? mapValues(value, toText) : undefined);
/** A list; a single value is a list of one. */
export const toList =
  (convert: Convert): Convert =>
  (value) =>
    (Array.isArray(value) ? value : [value]).map((each) => convert(each) ?? null);
/** `NET_ADMIN`, however it was written. */
export const toCapability = orLeaf((value) => String(value).toUpperCase().replace(/^CAP_/, ''));

/** Every entry converted. */
export function mapValues(map: JsonObject, convert: Convert): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(map)) {
    const now = value === undefined ? undefined : convert(value);
    if (now !== undefined) out[key] = now;
  }
  return out;
}

/** The keys of a map, each converted as the table says; those that are not in it stay as they are. */
export function convertKeys(map: JsonObject, table: Readonly<Record<string, Convert>>): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined || value === null) continue;
    const convert = Object.hasOwn(table, key) ? table[key] : undefined;
    const now = convert === undefined ? value : convert(value);
    if (now !== undefined) out[key] = now;
  }
  return out;
}

/** A map converted by a table, where the value is one. */
export const toMap =
  (table: Readonly<Record<string, Convert>>): Convert =>
  (value) =>
    isObject(value) && !isLeaf(value) ? convertKeys(value, table) : value;
