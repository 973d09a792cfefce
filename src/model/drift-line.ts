import type { Drift } from './plan.ts';

/** What has moved of one workload, in one line and without values: `web stopped (exit code 1)`, `web changed: /env/A, /resources/cpu`. */
export function driftLine({
  id,
  what,
  differences,
  detail,
}: Pick<Drift, 'id' | 'what' | 'differences' | 'detail'>): string {
  const paths = differences.map(({ path }) => path);
  const which = what === 'changed' && paths.length > 0 ? `: ${paths.join(', ')}` : '';
  return `${id} ${what}${which}${detail === undefined ? '' : ` (${detail})`}`;
}
