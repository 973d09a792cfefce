import { isObject, type Json } from '../../model/json.ts';
import type { Spec } from '../../model/spec.ts';
import { isLeaf, isSensitive, mapLeaves } from '../../model/template.ts';

/** Sensitive values by their digests, in memory only. */
export type KnownValues = ReadonlyMap<string, Json>;

/** The values in a spec that stand where its stored form has digests. */
export function valuesIn(stored: Spec, spec: Spec): Map<string, Json> {
  const found = new Map<string, Json>();
  const walk = (kept: Json | undefined, real: Json | undefined): void => {
    if (kept === undefined || real === undefined || isLeaf(real)) return;
    if (isLeaf(kept)) {
      if (isSensitive(kept) && kept.$sensitive.digest !== '') found.set(kept.$sensitive.digest, real);
    } else if (Array.isArray(kept) && Array.isArray(real)) for (const [i, one] of kept.entries()) walk(one, real[i]);
    else if (isObject(kept) && isObject(real)) for (const [key, one] of Object.entries(kept)) walk(one, real[key]);
  };
  walk(stored, spec);
  return found;
}

/** A spec with those values in place of their digests. */
export function fillIn(spec: Spec, known: KnownValues): Spec {
  if (known.size === 0) return spec;
  return mapLeaves(spec, (leaf) => (isSensitive(leaf) ? (known.get(leaf.$sensitive.digest) ?? leaf) : leaf)) as Spec;
}
