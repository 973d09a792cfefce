import { CALM, GOOD, VIOLATES } from './figures.ts';
import type { Rule } from './rules.ts';

/** What one sample says of one resource. */
export interface Reading {
  /** Undefined: not known. */
  used: number | undefined;
  /** The kernel had to hold it back since the sample before: cpu was refused, or somebody was killed for memory. */
  pressed: boolean;
}

/** `between`: neither violates nor is good. */
export type Verdict = 'violates' | 'between' | 'good' | 'unknown';

/** How a sample stands to a quota. */
export function judge({ resource, quota }: Pick<Rule, 'resource' | 'quota'>, { used, pressed }: Reading): Verdict {
  // Whoever was killed for memory uses little a moment later.
  if (resource === 'memory' && pressed) return 'violates';
  if (used === undefined || !Number.isFinite(used)) return 'unknown';
  if (isOver(resource, used, quota, pressed)) return 'violates';
  return used < GOOD * quota ? 'good' : 'between';
}

function isOver(resource: Rule['resource'], used: number, quota: number, pressed: boolean): boolean {
  switch (resource) {
    case 'cpu':
      // Its slices do not end where samples do: what was refused cpu has used its quota, though a slice less shows.
      return used >= VIOLATES * quota || (pressed && used >= GOOD * quota);
    case 'memory':
      return used >= VIOLATES * quota;
    case 'threads':
      return used >= quota;
    case 'disk':
      return used > quota;
  }
}

/** Whether a throttle to this much is felt no more. */
export const isCalm = ({ used }: Reading, throttledTo: number): boolean =>
  used !== undefined && used < CALM * throttledTo;
