import { normalize } from 'node:path';
import { PjError } from '../errors.ts';
import { isObject, type Json, type JsonObject, type Pointer, pointer } from '../model/json.ts';
import type { Spec } from '../model/spec.ts';
import { isLeaf, isSensitive, type Part, partsOf, type SensitiveLeaf, sensitiveSources } from '../model/template.ts';
import { makeRedactor } from '../values/redact.ts';

/** Blocks in which a secret may stand, for a spec of which nobody says where its secrets are. */
const MAY_HOLD_SECRETS: readonly (readonly string[])[] = [
  ['env'],
  ['properties'],
  ['native', 'args'],
  ['native', 'stopCommand'],
  ['java', 'args'],
  ['java', 'jvmArgs'],
  ['jvm', 'args'],
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

/** Hides the sensitive values of a spec, which stand where the stored form has digests, in texts that are written down. */
export function redactorOf(stored: Spec, spec: Spec): (text: string) => string {
  const redactor = makeRedactor();
  const walk = (kept: Json | undefined, real: Json | undefined): void => {
    if (kept === undefined || real === undefined || isLeaf(real)) return;
    if (isLeaf(kept)) {
      for (const text of textsOf(partsOf(kept), real)) redactor.learn(text);
    } else if (Array.isArray(kept) && Array.isArray(real)) for (const [i, one] of kept.entries()) walk(one, real[i]);
    else if (isObject(kept) && isObject(real)) for (const [key, one] of Object.entries(kept)) walk(one, real[key]);
  };
  walk(stored, spec);
  return redactor.redact;
}

/** A sensitive value, as a path without detours too, and where it is but a part of a longer text that part by itself. */
function textsOf(parts: readonly Part[], value: Json): string[] {
  const whole = typeof value === 'string' ? value : JSON.stringify(value);
  const literal = (part: Part | undefined): string => (typeof part === 'string' ? part : '');
  const inside = whole.slice(
    literal(parts[0]).length,
    whole.length - (parts.length > 1 ? literal(parts.at(-1)).length : 0),
  );
  return [whole, inside, ...(whole.includes('/') ? [normalize(whole)] : [])];
}

/** Something sensitive that is not known here: where it stands and what people call it. */
export interface Missing {
  path: Pointer;
  name: string;
  /** Its source says otherwise now. */
  changed?: true;
  /** Why its source gave nothing. */
  reason?: string;
}

/** A spec with its secrets learnt back, and what could not be learnt. */
export interface Learnt {
  spec: Spec;
  missing: Missing[];
}

/** Whether a value is the one that was applied; undefined where the digest cannot be checked. */
export type Holds = (leaf: SensitiveLeaf, value: Json) => boolean | undefined;

/**
 * Puts secrets back into a stored spec from the process that was started with them: values of `env` and `properties` from its environment,
 * arguments from its command line (which ends with them, whatever interpreter stands before). For an application inside a JVM both are what its host tells. A process may write over either, so what does
 * not hold is not believed.
 */
export function learnBack(
  stored: Spec,
  running: { environ: Record<string, string>; cmdline: string[] },
  holds: Holds = () => undefined,
): Learnt {
  const missing: Missing[] = [];
  // A process may rewrite its own title: believed only when every argument that is no secret is still where it was.
  const tailOf = (args: readonly Json[] = []) => {
    const tail = args.length === 0 ? [] : running.cmdline.slice(-args.length);
    return tail.length === args.length && args.every((arg, i) => isLeaf(arg) || arg === tail[i]) ? tail : [];
  };
  const tails = { native: tailOf(stored.native?.args), java: tailOf(stored.java?.args) };
  const find = (path: readonly (string | number)[]): string | undefined => {
    const [block, name, index] = path;
    if (block === 'env' || (block === 'properties' && stored.env?.[String(name)] === undefined)) {
      return path.length === 2 && Object.hasOwn(running.environ, String(name))
        ? running.environ[String(name)]
        : undefined;
    }
    if ((block === 'native' || block === 'java') && name === 'args') return tails[block][Number(index)];
    return undefined;
  };
  const walk = (value: Json, path: (string | number)[]): Json => {
    if (isLeaf(value)) {
      const found = isSensitive(value) ? find(path) : undefined;
      const known = found === undefined || !isSensitive(value) ? undefined : believed(value, found, holds);
      if (known !== undefined) return known;
      missing.push({ path: pointer(...path), name: nameOf(partsOf(value)) || String(path.at(-1)) });
      return value;
    }
    if (Array.isArray(value)) return value.map((v, i) => walk(v, [...path, i]));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, v === undefined ? v : walk(v, [...path, k])]));
  };
  return { spec: walk(stored, []) as Spec, missing };
}

/** What people call the secrets in a template. */
export function nameOf(parts: readonly Part[]): string {
  return sensitiveSources(parts)
    .map((name) => name.replace(/^(secret|env|var)\./, ''))
    .join(', ');
}

/** The text as the value that was applied, which may have been a number or a boolean. */
function believed(leaf: SensitiveLeaf, text: string, holds: Holds): Json | undefined {
  if (holds(leaf, text) !== false) return text;
  if (/^(true|false|-?\d+(\.\d+)?)$/.test(text)) {
    const value = JSON.parse(text.replace(/^(-?)0+(?=\d)/, '$1')) as Json;
    if (holds(leaf, value) === true) return value;
  }
  return undefined;
}

/** What is missing without which the process cannot be started, the hopeless before the rest; health checks and the stop command are not needed for that. */
export function missingForStart(missing: readonly Missing[]): Missing | undefined {
  const needed = missing.filter(({ path }) => !/^\/(healthCheck|native\/stopCommand)(\/|$)/.test(path));
  return (
    needed.find(({ changed, reason }) => changed === undefined && reason === undefined) ??
    needed.find(({ changed }) => changed !== undefined) ??
    needed[0]
  );
}

/** Why a sensitive value is not there, as an error. */
export function notAvailable({ name, changed, reason }: Missing): PjError {
  if (changed === true) return new PjError('PJ5308', { name });
  return reason === undefined ? new PjError('PJ5302', { name }) : new PjError('PJ5309', { name, reason });
}
