import { at, canonical, type Json, type JsonObject, type Pointer } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import type { Spec } from '../model/spec.ts';
import { type Digest, masked } from './sensitive.ts';

/**
 * sha256 of what was observed of a workload: status, handle and fields, without what changes by itself (since, attributes,
 * restarts). Fields that the state keeps as digests are digested here too, so that no secret can be guessed from it.
 */
export function observedDigest(
  observed: Observed,
  recorded: Spec | undefined,
  digest: Digest,
  sha256: (text: string) => string,
): string {
  const fields: Record<Pointer, Json> = {};
  for (const [path, value] of Object.entries(observed.fields)) {
    fields[path] = masked(value, digest, at(recorded, path)) ?? null;
  }
  const looks: JsonObject = { status: observed.status, handle: observed.handle, fields };
  return sha256(canonical(looks));
}
