import { equal, isObject, type Json, type Pointer, segments } from '../model/json.ts';
import { isSensitive, isUnknown, type Leaf, leavesOf } from '../model/template.ts';

export type Digest = (value: Json) => string;

/** The same, secrecy included: a value that becomes sensitive (or no longer is) has changed. Unknown is never the same. */
export function sameLeaf(a: Json | undefined, b: Json | undefined): boolean {
  if (isUnknown(a) || isUnknown(b)) return false;
  if (isSensitive(a) && isSensitive(b)) return a.$sensitive.digest === b.$sensitive.digest;
  return equal(a, b);
}

/** The same value, whether or not one side of it is known by its digest only. Null counts as absent: engines say so. */
export function sameValue(a: Json | undefined, b: Json | undefined, digest: Digest): boolean {
  if (a === undefined || a === null) return b === undefined || b === null;
  if (b === undefined || b === null || isUnknown(a) || isUnknown(b)) return false;
  if (isSensitive(a) || isSensitive(b)) return digestOf(a, digest) === digestOf(b, digest);
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((v, i) => sameValue(v, b[i], digest));
  if (!isObject(a) || !isObject(b)) return a === b;
  const other = b;
  return (
    Object.keys(a).every((key) => sameValue(a[key], other[key], digest)) &&
    Object.keys(other).every((key) => sameValue(a[key], other[key], digest))
  );
}

/** The value as it may be shown and stored: by its digest where one of the others at its place is sensitive. */
export function masked(value: Json | undefined, digest: Digest, ...others: (Json | undefined)[]): Json | undefined {
  if (value === undefined || isSensitive(value) || isUnknown(value)) return value;
  if (!others.some(hasSecret)) return value;
  // Which item of a list is the secret one cannot be told when the list itself has changed: all of them are hidden.
  if (Array.isArray(value)) return value.map((item) => masked(item, digest, ...others) ?? null);
  if (!isObject(value)) return { $sensitive: { parts: [], digest: digest(value) } };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, digest, ...others)]));
}

/** A copy with the value at one pointer replaced, or taken out where it is undefined; everything else is shared. */
export function withAt<T extends Json>(document: T, path: Pointer, value: Json | undefined): T {
  return put(document, segments(path), 0, value) as T;
}

function put(here: Json | undefined, path: string[], depth: number, value: Json | undefined): Json | undefined {
  const key = path[depth];
  if (key === undefined) return value;
  if (Array.isArray(here)) {
    const out = [...here];
    const inner = put(here[Number(key)], path, depth + 1, value);
    if (inner === undefined) out.splice(Number(key), 1);
    else out[Number(key)] = inner;
    return out;
  }
  const old = isObject(here) ? here : {};
  const inner = put(Object.hasOwn(old, key) ? old[key] : undefined, path, depth + 1, value);
  const out = { ...old };
  if (inner === undefined) delete out[key];
  else out[key] = inner;
  // A block that the change has emptied goes with it.
  return depth > 0 && Object.keys(out).length === 0 ? undefined : out;
}

function digestOf(value: Json, digest: Digest): string {
  return isSensitive(value) ? value.$sensitive.digest : digest(value);
}

/** True when something sensitive is in it, known or not. */
export function hasSecret(value: Json | undefined): boolean {
  return leavesOf(value).some(isSecret);
}

function isSecret(leaf: Leaf): boolean {
  if ('$sensitive' in leaf) return true;
  return '$unknown' in leaf ? leaf.$unknown.sensitive : leaf.$template.sensitive;
}
