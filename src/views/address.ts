import type { Kind } from '../model/workload.ts';

/** The resource type that programs see: `pj_native`. */
export function resourceType(kind: Kind): string {
  return `pj_${kind}`;
}

/** The provider as Terraform names providers, HOST/NAMESPACE/TYPE; the host is reserved, so it can be nobody else's. */
export function providerName(provider: string): string {
  return `localhost/pj/${provider}`;
}

/**
 * The id as a Terraform resource name (letters, digits, `_`, `-`, no digit first): a dot becomes `__`, a leading digit gets a
 * `_`. Two ids never share a name: one that could be mistaken for another's gets a short hash of itself.
 */
export function resourceName(id: string): string {
  const name = id
    .replaceAll('.', '__')
    .replace(/[^A-Za-z0-9_-]/g, '-')
    .replace(/^(?![A-Za-z_])/, '_');
  const reversible = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id) && !/__|_\.|\._/.test(id);
  return reversible ? name : `${name}-${shortHash(id)}`;
}

/** `pj_native.web`. */
export function address(kind: Kind, id: string): string {
  return `${resourceType(kind)}.${resourceName(id)}`;
}

/** FNV-1a, 32 bit, in hex: only to tell names apart. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
