import { createHash } from 'node:crypto';
import { canonical, type JsonObject } from '../model/json.ts';
import type { Drift } from '../model/plan.ts';

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

/** Another one as soon as the drift of a workload is another. */
export function digestOfDrift({
  id,
  what,
  differences,
  since,
}: Pick<Drift, 'id' | 'what' | 'differences' | 'since'>): string {
  const told = { id, what, since: since ?? null, differences } as unknown as JsonObject;
  return createHash('sha256').update(canonical(told)).digest('hex').slice(0, 16);
}
