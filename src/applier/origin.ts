import type { Spec } from '../model/spec.ts';
import { leavesOf, partsOf, reference, sensitiveSources } from '../model/template.ts';
import type { SensitiveOrigin } from '../providers/contract.ts';
import type { SensitiveValues } from '../values/contract.ts';
import { partValue, type ResolveFrom } from './resolve.ts';

/** Where the sensitive values of a recorded spec came from; undefined where it has none. */
export function originOf(recorded: Spec, values: SensitiveValues, from: ResolveFrom): SensitiveOrigin | undefined {
  const templates = leavesOf(recorded).map(partsOf);
  if (templates.length === 0) return undefined;
  const all = values.sources();
  const origin: SensitiveOrigin = { keyId: values.keyId, sources: {}, references: {} };
  for (const parts of templates) {
    for (const name of sensitiveSources(parts)) {
      const source = Object.hasOwn(all, name) ? all[name] : undefined;
      if (source !== undefined) origin.sources[name] = source;
    }
    for (const part of parts) {
      const ref = reference(part);
      const value = ref === undefined || typeof part === 'string' ? undefined : partValue(part, from);
      // An attribute may itself have come from a secret: that one is not passed on.
      if (ref === undefined || value === undefined || values.redact(JSON.stringify(value)) !== JSON.stringify(value))
        continue;
      origin.references[`workload.${ref.workload}.${ref.attribute}`] = value;
    }
  }
  return origin;
}
