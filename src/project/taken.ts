import { PjError } from '../errors.ts';
import { equal } from '../model/json.ts';
import type { Plan } from '../model/plan.ts';
import type { StateSession } from '../state/contract.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/**
 * Refuses to make a workload whose id an engine still knows another recorded one by: after a rename (`moved`, `pj state mv`) an engine may learn
 * of the new id with the next start only, and would take the two for one. Throws PJ4017.
 */
export async function refuseTakenIds(run: Run, session: StateSession, plan: Plan): Promise<void> {
  const { workloads, lineage } = session.snapshot;
  const records = Object.values(workloads);
  const made = plan.steps.filter(({ action }) => action === 'create').map(({ workload }) => workload);
  const isNew = new Set(made.filter((id) => !Object.hasOwn(workloads, id) || workloads[id]?.handle === null));
  const providers = new Set(plan.changes.flatMap((one) => (isNew.has(one.id) ? [one.provider] : [])));
  for (const name of providers) {
    const theirs = records.filter((record) => record.provider === name && record.handle !== null);
    if (theirs.length === 0) continue;
    const provider = await run.engines.provider(name);
    const there = await provider.list({ project: plan.project, lineage }, quietly(run.signal));
    for (const { identity, found } of there) {
      if (!isNew.has(identity.id)) continue;
      const other = theirs.find((record) => record.id !== identity.id && equal(record.handle, found.handle));
      if (other !== undefined) throw new PjError('PJ4017', { id: identity.id, other: other.id });
    }
  }
}
