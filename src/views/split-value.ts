import { isObject, type Json, type JsonObject, type Pointer, pointer } from '../model/json.ts';
import { isLeaf, isSensitive } from '../model/template.ts';
import type { Fingerprints, Marks } from './plan-json-types.ts';

/** Stands where a sensitive value is. */
export const HIDDEN = '(sensitive value)';

/** A value with its leaves taken apart, as Terraform's JSON wants it. */
export interface Split {
  /** Sensitive leaves as HIDDEN, unknown ones left out (null in lists); undefined where the whole is unknown. */
  value: Json | undefined;
  unknown: Marks;
  sensitive: Marks;
}

/** Takes a spec's value apart. A template that was never resolved counts as unknown. */
export function split(value: Json): Split {
  if (isLeaf(value)) {
    if (isSensitive(value)) return { value: HIDDEN, unknown: false, sensitive: true };
    const leaf = '$template' in value ? value.$template : value.$unknown;
    return { value: undefined, unknown: true, sensitive: leaf.sensitive };
  }
  if (Array.isArray(value)) {
    const parts = value.map(split);
    const marks = (of: 'unknown' | 'sensitive'): Marks =>
      parts.some((p) => p[of] !== false) ? parts.map((p) => p[of]) : false;
    return { value: parts.map((p) => p.value ?? null), unknown: marks('unknown'), sensitive: marks('sensitive') };
  }
  if (!isObject(value)) return { value, unknown: false, sensitive: false };
  const entries: [string, Json][] = [];
  const unknown: [string, Marks][] = [];
  const sensitive: [string, Marks][] = [];
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const part = split(child);
    if (part.value !== undefined) entries.push([key, part.value]);
    if (part.unknown !== false) unknown.push([key, part.unknown]);
    if (part.sensitive !== false) sensitive.push([key, part.sensitive]);
  }
  return {
    // fromEntries, not assignment: a key may be `__proto__`.
    value: Object.fromEntries(entries),
    unknown: unknown.length > 0 ? Object.fromEntries(unknown) : false,
    sensitive: sensitive.length > 0 ? Object.fromEntries(sensitive) : false,
  };
}

function digests(value: Json | undefined, path: Pointer, found: [Pointer, string][]): [Pointer, string][] {
  if (isSensitive(value)) found.push([path, value.$sensitive.digest]);
  else if (Array.isArray(value)) value.forEach((child, i) => void digests(child, path + pointer(i), found));
  else if (isObject(value) && !isLeaf(value))
    for (const key of Object.keys(value)) digests(value[key], path + pointer(key), found);
  return found;
}

/** The digests of the sensitive leaves on both sides, cut as short as still tells them apart, 4 characters at least. */
export function fingerprints(before: JsonObject | null, after: JsonObject | null): Fingerprints | undefined {
  const sides = [digests(before ?? undefined, '', []), digests(after ?? undefined, '', [])] as const;
  const all = new Set(sides.flat().map(([, digest]) => digest));
  if (all.size === 0) return undefined;
  let length = 4;
  while (length < 64 && new Set([...all].map((d) => d.slice(0, length))).size < all.size) length++;
  const cut = (side: [Pointer, string][]) => Object.fromEntries(side.map(([path, d]) => [path, d.slice(0, length)]));
  return { before: cut(sides[0]), after: cut(sides[1]) };
}
