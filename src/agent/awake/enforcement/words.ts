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

/** What it used when it violated. Who was killed for want of memory has given it back by then: what is used now would mislead. */
export function usedOf({ resource, quota }: Rule, { used, pressed }: Reading): number | undefined {
  return resource === 'memory' && pressed && used !== undefined && used < VIOLATES * quota ? undefined : used;
}

/** What is wrong, for people. */
export function violation(rule: Rule, reading: Reading): string {
  const { resource, quota, gracePeriod } = rule;
  const row = `in ${gracePeriod} samples in a row`;
  const used = usedOf(rule, reading);
  if (resource === 'memory' && used === undefined)
    return `memory: the kernel has ended a process of it for want of memory, of ${amount(resource, quota)} ${row}`;
  return `${resource}: ${used === undefined ? '' : `${amount(resource, used)} `}of ${amount(resource, quota)} ${row}`;
}
