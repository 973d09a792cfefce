/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A JSON object; a key that is absent and one that is undefined mean the same. */
export type JsonObject = { [key: string]: Json | undefined };

/** An RFC 6901 JSON pointer, such as `/native/args/0`; the empty string is the whole document. */
export type Pointer = string;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The pointer's segments, unescaped: `/a~1b/0` gives `['a/b', '0']`. */
export function segments(pointer: Pointer): string[] {
  if (pointer === '') return [];
  const parts = pointer.slice(1).split('/');
  // Hardly any key holds a `~` or a `/`, and this is called for every path of every difference.
  return pointer.includes('~') ? parts.map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~')) : parts;
}

/** The pointer that names the given segments. */
export function pointer(...path: readonly (string | number)[]): Pointer {
  return path.map((s) => `/${String(s).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The value at a pointer, or undefined where there is none. */
export function at(document: Json | undefined, path: Pointer): Json | undefined {
  let here: Json | undefined = document;
  for (const key of segments(path)) {
    if (Array.isArray(here)) here = here[Number(key)];
    else if (isObject(here) && Object.hasOwn(here, key)) here = here[key];
    else return undefined;
  }
  return here;
}

/** True when `path` is `prefix` or lies below it; `/env` covers `/env/HOME` but not `/environment`. */
export function isBelow(path: Pointer, prefix: Pointer): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** JSON text with sorted keys and no undefined: equal values give equal text, byte for byte. */
export function canonical(value: Json | undefined, indent?: number): string {
  return JSON.stringify(sorted(value), undefined, indent);
}

/** A copy with the keys of every object sorted, and absent ones dropped. */
export function sorted(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((v) => sorted(v) ?? null);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value).sort()) if (value[key] !== undefined) out[key] = sorted(value[key]);
  return out;
}

/** Deep equality that ignores key order and absent keys. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((v, i) => equal(v, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  for (const key of Object.keys(a)) if (!equal(a[key], b[key])) return false;
  for (const key of Object.keys(b)) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
}
