import { isObject, type Json, type Pointer } from '../model/json.ts';
import { isLeaf } from '../model/template.ts';

/** One path at which two values differ; absent means: not there. */
export interface PathDifference {
  path: Pointer;
  before?: Json;
  after?: Json;
}

/** Whether two values that are no plain objects or lists (or of which one is a leaf) are the same. */
export type Same = (before: Json | undefined, after: Json | undefined) => boolean;

/**
 * Every path at which two values differ, sorted by key, as deep as it goes: a new block is told as its fields. Lists of the
 * same length, and lists of objects, are compared item by item; any other list is one value, since that reads best for argument
 * lists: `["-a", "x"] → ["-a", "-b", "x"]`. An absent object and an empty one are the same.
 */
export function diff(
  before: Json | undefined,
  after: Json | undefined,
  same: Same,
  path: Pointer = '',
): PathDifference[] {
  const found: PathDifference[] = [];
  walk(before, after, path, same, found);
  return found;
}

function walk(
  before: Json | undefined,
  after: Json | undefined,
  path: Pointer,
  same: Same,
  found: PathDifference[],
): void {
  if (before === after) return;
  const old = fields(before);
  const now = fields(after);
  if (old !== undefined && now !== undefined && (isObject(before) || isObject(after))) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
    for (const key of keys) walk(own(old, key), own(now, key), `${path}/${escaped(key)}`, same, found);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && (before.length === after.length || ofObjects(before, after))) {
    const length = Math.max(before.length, after.length);
    for (let i = 0; i < length; i++) walk(before[i], after[i], `${path}/${i}`, same, found);
    return;
  }
  if (same(before, after)) return;
  found.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) });
}

/** A plain object's fields, none for what is absent; undefined for any other value. */
function fields(value: Json | undefined): { [key: string]: Json | undefined } | undefined {
  if (value === undefined) return {};
  return isObject(value) && !isLeaf(value) ? value : undefined;
}

function own(fields: { [key: string]: Json | undefined }, key: string): Json | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function ofObjects(a: Json[], b: Json[]): boolean {
  return [...a, ...b].every((item) => isObject(item) && !isLeaf(item));
}

function escaped(key: string): string {
  return key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}
