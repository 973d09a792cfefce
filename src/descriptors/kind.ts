import { isObject, type JsonObject } from '../model/json.ts';
import { KINDS, type Kind } from '../model/workload.ts';
import { FLAT_KEYS, TOP_KEYS } from './flat-keys.ts';
import type { Path } from './problem.ts';

/** A key that says what kind a descriptor is. */
export interface KindKey {
  kind: Kind;
  path: Path;
}

const PREFIX = /^(vm|container|native|java)\.(.+)$/;

/**
 * The kind that a flat key belongs to. `java.` is also where the JDK's own system properties live (`java.io.tmpdir`): of those with one
 * more word only what pj knows, or might have been meant, counts.
 */
export function flatKind(key: string): Kind | undefined {
  const found = PREFIX.exec(key);
  if (found === null) return undefined;
  if (found[1] === 'java' && !FLAT_KEYS.has(key) && (found[2] ?? '').includes('.')) return undefined;
  return found[1] as Kind;
}

/** Every key of a descriptor that says a kind, in the order vm, container, native, java, external, jvm, network, volume. */
export function kindKeys(document: JsonObject): KindKey[] {
  const found: KindKey[] = [];
  for (const kind of KINDS) if (document[kind] !== undefined) found.push({ kind, path: [kind] });
  const { properties } = document;
  if (isObject(properties)) {
    for (const key of Object.keys(properties)) {
      const kind = flatKind(key);
      if (kind !== undefined) found.push({ kind, path: ['properties', key] });
    }
  }
  for (const [key, [kind]] of Object.entries(TOP_KEYS)) {
    // `nativeImage: false` says nothing
    if (document[key] === undefined || (key === 'nativeImage' && document[key] === false)) continue;
    found.push({ kind: kind as Kind, path: [key] });
  }
  const order: readonly Kind[] = ['vm', 'container', 'native', 'java', 'external', 'jvm', 'network', 'volume'];
  return found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
