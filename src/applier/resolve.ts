import { PjError } from '../errors.ts';
import { canonical, isObject, type Json, type JsonObject } from '../model/json.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import {
  evaluate,
  isSensitive,
  type Leaf,
  leavesOf,
  mapLeaves,
  type Part,
  partsOf,
  reference,
  sensitiveSources,
} from '../model/template.ts';
import type { SensitiveValues } from '../values/contract.ts';

/** Where the values of leaves come from. */
export interface ResolveFrom {
  values: Pick<SensitiveValues, 'lookup' | 'digest'>;
  /** The records as they are now: what `${workload.ID.ATTR}` reads. */
  workloads: Readonly<Record<string, WorkloadRecord>>;
  /** Attributes that an engine has told since the record was written, by workload. */
  observed?: (id: string) => JsonObject | undefined;
}

/** A spec with real values for the engine, and the same one as the state may keep it. */
export interface Resolved {
  /** Real values, no leaves. Never stored, never printed. */
  spec: Spec;
  /** As recorded: known values plain, sensitive ones as digests. */
  recorded: Spec;
  /** Keyed digest of the resolved spec. */
  digest: string;
}

/**
 * Gives every leaf of a workload's spec its value, as it is now. A value that was known when the plan (or the record) was made
 * must still have the same digest. `madeWith` says what the digests come from, for the error: `the plan`, `the state`.
 * Throws PJ4002 for a sensitive value that changed, PJ4003 for one that is not known.
 */
export function resolveSpec(id: string, spec: Spec, from: ResolveFrom, madeWith = 'the plan'): Resolved {
  const recorded = new Map<Leaf, Json>();
  const real = mapLeaves(spec, (leaf) => {
    const parts = partsOf(leaf);
    const value = evaluate(parts, (part) => partValue(part, from));
    if (value === undefined) throw unresolved(id, parts, from);
    if (isSensitive(leaf)) {
      if (from.values.digest(value) !== leaf.$sensitive.digest) {
        throw new PjError('PJ4002', { workload: id, sources: sourcesText(parts), reference: madeWith });
      }
      recorded.set(leaf, leaf);
    } else {
      const sensitive = '$unknown' in leaf ? leaf.$unknown.sensitive : leaf.$template.sensitive;
      recorded.set(leaf, sensitive ? { $sensitive: { parts, digest: from.values.digest(value) } } : value);
    }
    return value;
  });
  return {
    spec: real as Spec,
    recorded: mapLeaves(spec, (leaf) => recorded.get(leaf) ?? null) as Spec,
    digest: from.values.digest(canonical(real)),
  };
}

/** The templates of a spec that hold a sensitive source: what `values.prepare` must have seen before the spec is resolved. */
export function templatesOf(spec: Spec | null | undefined): Part[][] {
  if (spec === null || spec === undefined) return [];
  return leavesOf(spec)
    .map(partsOf)
    .filter((parts) => parts.some((part) => typeof part === 'object' && !('workload' in part)));
}

/** A record's attribute by its name in `${workload.ID.NAME}`; dots go down: `ports.80`. `id`, `state` and `health` are there for every workload, where its provider tells nothing else of that name. */
export function attributeOf(record: WorkloadRecord, name: string): Json | undefined {
  const told = below(record.attributes, name);
  if (told !== undefined) return told;
  if (name === 'id') return record.id;
  if (name === 'state') return record.state;
  if (name === 'health') return record.health;
  return undefined;
}

/** Keys may hold dots themselves (`app.port`), so the longest key that fits is taken first. */
function below(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) {
    const [head = '', ...rest] = name.split('.');
    const one = /^\d+$/.test(head) ? value[Number(head)] : undefined;
    return rest.length === 0 ? one : below(one, rest.join('.'));
  }
  if (!isObject(value)) return undefined;
  if (own(value, name) !== undefined) return own(value, name);
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const found = below(own(value, name.slice(0, dot)), name.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

const own = (value: JsonObject, key: string): Json | undefined => (Object.hasOwn(value, key) ? value[key] : undefined);

/** The value of one part of a template as it is now; undefined: not known. */
export function partValue(part: Exclude<Part, string>, from: ResolveFrom): Json | undefined {
  const ref = reference(part);
  if (ref === undefined) return from.values.lookup(part);
  const record = Object.hasOwn(from.workloads, ref.workload) ? from.workloads[ref.workload] : undefined;
  if (record === undefined) return undefined;
  return below(from.observed?.(ref.workload), ref.attribute) ?? attributeOf(record, ref.attribute);
}

function unresolved(id: string, parts: readonly Part[], from: ResolveFrom): PjError {
  for (const part of parts) {
    if (typeof part === 'string' || partValue(part, from) !== undefined) continue;
    const ref = reference(part);
    if (ref === undefined) {
      return new PjError('PJ4003', { workload: id, expression: sourcesText([part]), reason: 'its source gave none' });
    }
    const reason = Object.hasOwn(from.workloads, ref.workload)
      ? `${ref.workload} has no attribute ${ref.attribute}`
      : `${ref.workload} is not in the state`;
    return new PjError('PJ4003', { workload: id, expression: `\${workload.${ref.workload}.${ref.attribute}}`, reason });
  }
  return new PjError('PJ4003', { workload: id, expression: 'a template', reason: 'it is empty' });
}

function sourcesText(parts: readonly Part[]): string {
  const names = sensitiveSources(parts);
  const references = parts.flatMap((part) => {
    const ref = reference(part);
    return ref === undefined ? [] : [`workload.${ref.workload}.${ref.attribute}`];
  });
  return [...names, ...references].join(', ') || 'a template';
}
