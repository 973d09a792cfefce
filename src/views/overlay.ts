import { isObject, type Json, type JsonObject, type Pointer, segments } from '../model/json.ts';
import { isLeaf } from '../model/template.ts';

/** A copy of the document with the value at a pointer set, or removed where it is undefined; what is not touched is shared. */
export function withValue(document: Json | undefined, path: Pointer, value: Json | undefined): Json | undefined {
  return set(document, segments(path), value);
}

function set(here: Json | undefined, path: readonly string[], value: Json | undefined): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(here)) {
    const index = key === '-' ? here.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > here.length) return here;
    const child = set(here[index], rest, value);
    if (child === undefined) return here.filter((_, i) => i !== index);
    return [...here.slice(0, index), child, ...here.slice(index + 1)];
  }
  const base: JsonObject = isObject(here) && !isLeaf(here) ? here : {};
  const child = set(Object.hasOwn(base, key) ? base[key] : undefined, rest, value);
  const entries = Object.entries(base).filter(([k]) => k !== key);
  return Object.fromEntries(child === undefined ? entries : [...entries, [key, child]]);
}

/** As withValue for several paths; of list elements that go, the last goes first, so that the other indices still hold. */
export function withValues(
  document: JsonObject,
  values: readonly { path: Pointer; value: Json | undefined }[],
): JsonObject {
  const removed = values.filter((v) => v.value === undefined);
  const last = (p: Pointer) => Number(p.slice(p.lastIndexOf('/') + 1)) || 0;
  const ordered = [
    ...values.filter((v) => v.value !== undefined),
    ...removed.sort((a, b) => last(b.path) - last(a.path)),
  ];
  let out: Json | undefined = document;
  for (const { path, value } of ordered) out = withValue(out, path, value);
  return isObject(out) ? out : {};
}
