import { at, type Json } from '../model/json.ts';
import type { Spec } from '../model/spec.ts';
import {
  evaluate,
  isSensitive,
  type Leaf,
  mapLeaves,
  type Part,
  partsOf,
  sensitiveSources,
} from '../model/template.ts';
import type { SensitiveOrigin } from '../providers/contract.ts';
import { digestOf, keyIdOf } from '../values/digest.ts';
import { type Resolved, resolveSource } from '../values/resolve-secret.ts';
import type { Entry } from './entry.ts';
import { type Holds, type Missing, nameOf } from './secrecy.ts';
import { type Managed, setSpec, type World } from './world.ts';

/**
 * Gets missing sensitive values again from their sources: files and commands, and what the environment was that every process gets. Only a value
 * with the digest of the one that was applied is taken. What stays missing says why. False: it was broken off, as something else was asked for.
 * Never throws.
 */
export async function regain(managed: Managed, world: World): Promise<boolean> {
  const { entry, spec, missing } = managed;
  const { origin } = entry;
  if (missing.length === 0 || origin === null) return true;
  const key = await world.key();
  // Without the key that the digests were made with nothing could be told from what it has become since.
  if (key === undefined || keyIdOf(key) !== origin.keyId) return true;
  const aborter = new AbortController();
  managed.regaining = aborter;
  try {
    const leaves = missing.map((one) => ({ one, leaf: at(spec, one.path) }));
    const names = new Set(leaves.flatMap(({ leaf }) => (isSensitive(leaf) ? sensitiveSources(partsOf(leaf)) : [])));
    const context = { dir: world.project, env: entry.base, signal: aborter.signal };
    const answers = new Map<string, Resolved>();
    const ask = async (name: string) => {
      const source = Object.hasOwn(origin.sources, name) ? origin.sources[name] : undefined;
      if (source !== undefined) answers.set(name, await resolveSource(source, context));
    };
    await Promise.all([...names].map(ask));
    const found = new Map<Leaf, Json>();
    const still: Missing[] = [];
    for (const { one, leaf } of leaves) {
      const parts = isSensitive(leaf) ? partsOf(leaf) : [];
      const value = parts.length === 0 ? undefined : evaluate(parts, (part) => partValue(part, origin, answers));
      if (isSensitive(leaf) && value !== undefined && digestOf(key, value) === leaf.$sensitive.digest)
        found.set(leaf, value);
      else still.push({ path: one.path, name: one.name, ...whyNot(parts, origin, answers, value) });
    }
    if (aborter.signal.aborted) return false;
    const whole = found.size === 0 ? spec : mapLeaves(spec, (leaf) => found.get(leaf) ?? leaf);
    setSpec(managed, whole as Spec, still);
    return true;
  } finally {
    managed.regaining = undefined;
  }
}

/** Checks a value against the digest that it had when it was applied, where the project's key is the one of that time. */
export function checkedBy(key: Buffer | undefined, { origin }: Pick<Entry, 'origin'>): Holds {
  if (key === undefined || origin === null || keyIdOf(key) !== origin.keyId) return () => undefined;
  return (leaf, value) => digestOf(key, value) === leaf.$sensitive.digest;
}

function partValue(
  part: Exclude<Part, string>,
  { references }: SensitiveOrigin,
  answers: ReadonlyMap<string, Resolved>,
): Json | undefined {
  if ('workload' in part) {
    const name = `workload.${part.workload}.${part.attribute}`;
    return Object.hasOwn(references, name) ? references[name] : undefined;
  }
  const answer = answers.get(sensitiveSources([part])[0] ?? '');
  if (answer !== undefined && 'value' in answer) return answer.value;
  return 'env' in part ? part.default : undefined;
}

/** Empty: it cannot be had here at all. */
function whyNot(
  parts: readonly Part[],
  { sources }: SensitiveOrigin,
  answers: ReadonlyMap<string, Resolved>,
  value: Json | undefined,
): Partial<Missing> {
  const names = sensitiveSources(parts);
  // What came from the environment of whoever applied is not known here, so nobody can say that it has changed.
  const fixed = names.length > 0 && names.every((name) => sources[name] !== undefined && !('env' in sources[name]));
  if (!fixed) return {};
  for (const name of names) {
    const answer = answers.get(name);
    if (answer !== undefined && 'reason' in answer)
      return { name: nameOf([partNamed(parts, name)]), reason: answer.reason };
  }
  return value === undefined ? {} : { changed: true };
}

const partNamed = (parts: readonly Part[], name: string): Part =>
  parts.find((part) => sensitiveSources([part])[0] === name) ?? name;
