import { isObject, type Json, type JsonObject } from './json.ts';

/** One piece of a string that a descriptor wrote with `${…}` in it. Names only: a sensitive value is never in it. */
export type Part =
  | string
  | { var: string }
  | { env: string; default?: string }
  | { secret: string }
  | { workload: string; attribute: string };

/** What a descriptor wrote, where the value depends on another workload or is sensitive. Stands as a leaf in a desired spec. */
export type TemplateLeaf = { $template: { parts: Part[]; sensitive: boolean } };
/** A sensitive value that is known: only its keyed digest is kept, with the template that gives the value again. */
export type SensitiveLeaf = { $sensitive: { parts: Part[]; digest: string } };
/** A value that is known only after apply. */
export type UnknownLeaf = { $unknown: { parts: Part[]; sensitive: boolean } };
export type Leaf = TemplateLeaf | SensitiveLeaf | UnknownLeaf;

const only = (value: unknown, key: string): value is JsonObject =>
  isObject(value) && isObject(value[key]) && Object.keys(value).length === 1;

export const isTemplate = (value: unknown): value is TemplateLeaf => only(value, '$template');
export const isSensitive = (value: unknown): value is SensitiveLeaf => only(value, '$sensitive');
export const isUnknown = (value: unknown): value is UnknownLeaf => only(value, '$unknown');
export const isLeaf = (value: unknown): value is Leaf => isTemplate(value) || isSensitive(value) || isUnknown(value);

/** The pieces of any of the three leaves. */
export function partsOf(leaf: Leaf): Part[] {
  if ('$template' in leaf) return leaf.$template.parts;
  if ('$sensitive' in leaf) return leaf.$sensitive.parts;
  return leaf.$unknown.parts;
}

/** Another workload's attribute named by a part, or undefined. */
export function reference(part: Part): { workload: string; attribute: string } | undefined {
  return typeof part === 'object' && 'workload' in part ? part : undefined;
}

/** The names of the sensitive sources in a template, as written: `secret.db`, `env.HOME`, `var.token`. */
export function sensitiveSources(parts: readonly Part[]): string[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string') return [];
    if ('secret' in part) return [`secret.${part.secret}`];
    if ('env' in part) return [`env.${part.env}`];
    if ('var' in part) return [`var.${part.var}`];
    return [];
  });
}

/** Gives the value of one part; undefined means: not known yet. */
export type Lookup = (part: Exclude<Part, string>) => Json | undefined;

/**
 * The value of a template: the value itself, type kept, when the template is a single part; else the pieces as one string.
 * Undefined as soon as one piece is not known.
 */
export function evaluate(parts: readonly Part[], lookup: Lookup): Json | undefined {
  if (parts.length === 1 && typeof parts[0] === 'object') return lookup(parts[0]);
  let text = '';
  for (const part of parts) {
    const value = typeof part === 'string' ? part : lookup(part);
    if (value === undefined) return undefined;
    text += typeof value === 'string' ? value : JSON.stringify(value);
  }
  return text;
}

/** Replaces every leaf that `replace` gives a value for, everywhere in a value. Objects without leaves are shared, not copied. */
export function mapLeaves(value: Json, replace: (leaf: Leaf) => Json): Json {
  if (isLeaf(value)) return replace(value);
  if (Array.isArray(value)) {
    const out = value.map((v) => mapLeaves(v, replace));
    return out.every((v, i) => v === value[i]) ? value : out;
  }
  if (!isObject(value)) return value;
  let out: JsonObject | undefined;
  for (const [key, old] of Object.entries(value)) {
    if (old === undefined) continue;
    const now = mapLeaves(old, replace);
    if (now !== old) {
      out ??= { ...value };
      out[key] = now;
    }
  }
  return out ?? value;
}

/** Every leaf in a value, depth first. */
export function leavesOf(value: Json | undefined, found: Leaf[] = []): Leaf[] {
  if (isLeaf(value)) found.push(value);
  else if (Array.isArray(value)) for (const v of value) leavesOf(v, found);
  else if (isObject(value)) for (const v of Object.values(value)) leavesOf(v, found);
  return found;
}
