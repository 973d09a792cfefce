import type { EnforcedResource } from '../../../model/spec.ts';
import { VIOLATES } from './figures.ts';
import type { Reading } from './judge.ts';
import type { Rule } from './rules.ts';

const MIB = 1 << 20;

/** An amount of a resource, for people. */
export function amount(resource: EnforcedResource, value: number): string {
  switch (resource) {
    case 'cpu':
      return `${Math.round(value * 1000) / 1000} cores`;
    case 'memory':
    case 'disk':
      return `${Math.round((value / MIB) * 10) / 10} MiB`;
    case 'threads':
      return `${value} threads`;
  }
}

/** What is wrong, for people. */
export function violation({ resource, quota, gracePeriod }: Rule, { used, pressed }: Reading): string {
  const row = `in ${gracePeriod} samples in a row`;
  // Who was killed for it has given it back by then: what is used now would mislead.
  if (resource === 'memory' && pressed && (used === undefined || used < VIOLATES * quota))
    return `memory: the kernel has ended a process of it for want of memory, of ${amount(resource, quota)} ${row}`;
  const now = used === undefined ? '' : `${amount(resource, used)} `;
  return `${resource}: ${now}of ${amount(resource, quota)} ${row}`;
}
