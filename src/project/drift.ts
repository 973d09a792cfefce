import type { Drift } from '../model/plan.ts';
import { previewBasis } from './basis.ts';
import { planFrom } from './plan.ts';
import type { Run } from './run.ts';

/** What has moved in reality since the last apply, all of it; nothing is planned or changed. */
export async function driftRun(run: Run): Promise<Drift[]> {
  const basis = await previewBasis(run, true);
  return (await planFrom(run, basis, { refreshOnly: true })).drift;
}
