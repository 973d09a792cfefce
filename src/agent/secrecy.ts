import { isObject, type Json, type JsonObject, type Pointer, pointer } from '../model/json.ts';
import type { Spec } from '../model/spec.ts';
import { isLeaf, isSensitive, partsOf, sensitiveSources } from '../model/template.ts';

/** Blocks in which a secret may stand, for a spec of which nobody says where its secrets are. */
const MAY_HOLD_SECRETS: readonly (readonly string[])[] = [
  ['env'],
  ['properties'],
  ['native', 'args'],
  ['native', 'stopCommand'],
  ['healthCheck'],
];

/** What may be written down of a spec: the stored form where it is known, else the spec without every value that could be a secret. */
export function storable(spec: Spec, stored: Spec | undefined): Spec {
  if (stored !== undefined) return stored;
  let out: JsonObject = spec;
  for (const path of MAY_HOLD_SECRETS) out = masked(out, path);
  return out as Spec;
}

function masked(object: JsonObject, path: readonly string[]): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined || object[key] === undefined) return object;
  const value = object[key];
  if (rest.length === 0) return { ...object, [key]: hidden(value) };
  return isObject(value) ? { ...object, [key]: masked(value, rest) } : object;
}

function hidden(value: Json): Json {
  if (isLeaf(value)) return value;
  if (typeof value === 'string') return { $sensitive: { parts: [], digest: '' } };
  if (Array.isArray(value)) return value.map(hidden);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, v === undefined ? v : hidden(v)]));
}

/** A spec with its secrets learnt back, and what could not be learnt: where it stands and what people call it. */
export interface Learnt {
  spec: Spec;
  missing: { path: Pointer; name: string }[];
}

/**
 * Puts secrets back into a stored spec from the process that was started with them: values of `env` and `properties` from its environment,
 * arguments from its command line (which ends with them, whatever interpreter stands before).
 */
export function learnBack(stored: Spec, running: { environ: Record<string, string>; cmdline: string[] }): Learnt {
  const missing: Learnt['missing'] = [];
  const args = stored.native?.args ?? [];
  const tail = args.length === 0 ? [] : running.cmdline.slice(-args.length);
  // A process may rewrite its own title: believed only when every argument that is no secret is still where it was.
  const titleHolds = tail.length === args.length && args.every((arg, i) => isLeaf(arg) || arg === tail[i]);
  const find = (path: readonly (string | number)[]): string | undefined => {
    const [block, name, index] = path;
    if (block === 'env' || (block === 'properties' && stored.env?.[String(name)] === undefined)) {
      return path.length === 2 ? running.environ[String(name)] : undefined;
    }
    if (block === 'native' && name === 'args' && titleHolds) return tail[Number(index)];
    return undefined;
  };
  const walk = (value: Json, path: (string | number)[]): Json => {
    if (isLeaf(value)) {
      const known = isSensitive(value) ? find(path) : undefined;
      if (known !== undefined) return known;
      const names = sensitiveSources(partsOf(value)).map((name) => name.replace(/^(secret|env|var)\./, ''));
      missing.push({ path: pointer(...path), name: names.join(', ') || String(path.at(-1)) });
      return value;
    }
    if (Array.isArray(value)) return value.map((v, i) => walk(v, [...path, i]));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, v === undefined ? v : walk(v, [...path, k])]));
  };
  return { spec: walk(stored, []) as Spec, missing };
}

/** The first secret without which the process cannot be started; health checks and the stop command are not needed for that. */
export function missingForStart(missing: Learnt['missing']): string | undefined {
  return missing.find(({ path }) => !/^\/(healthCheck|native\/stopCommand)(\/|$)/.test(path))?.name;
}
