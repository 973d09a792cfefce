import { PjError } from '../errors.ts';
import type { PlanOptions, PlanWarning } from '../model/plan.ts';
import type { Workload } from '../model/workload.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/**
 * Asks every provider what it cannot hold or do on this host. Errors are thrown, all in one; warnings come back.
 * Workloads that the plan is told to leave out are not asked about.
 */
export async function checkWorkloads(run: Run, options: PlanOptions): Promise<PlanWarning[]> {
  const byProvider = new Map<string, Workload[]>();
  for (const workload of run.loaded.workloads) {
    if (options.excludes.includes(workload.id)) continue;
    const group = byProvider.get(workload.provider);
    if (group === undefined) byProvider.set(workload.provider, [workload]);
    else group.push(workload);
  }
  const warnings: PlanWarning[] = [];
  const errors: PjError[] = [];
  await Promise.all(
    [...byProvider].map(async ([name, workloads]) => {
      const provider = await run.engines.provider(name);
      const places = new Map(workloads.map((workload) => [workload.id, workload.place]));
      for (const [id, findings] of await provider.check(workloads, quietly(run.signal))) {
        for (const finding of findings) {
          const message = finding.path === undefined ? finding.message : `${finding.path}: ${finding.message}`;
          if (finding.severity === 'warning') {
            warnings.push({ code: 'PJ5000', message, workload: id });
            continue;
          }
          const place = places.get(id);
          errors.push(
            new PjError(
              'PJ5000',
              { id, message },
              {
                ...(finding.hint === undefined ? {} : { advice: finding.hint }),
                ...(place === undefined ? {} : { places: [place] }),
              },
            ),
          );
        }
      }
    }),
  );
  const inOrder = errors.sort((a, b) => (a.message < b.message ? -1 : 1));
  if (inOrder.length === 1 && inOrder[0] !== undefined) throw inOrder[0];
  if (inOrder.length > 1) throw new PjError('PJ1000', { count: inOrder.length }, { others: inOrder });
  return warnings.sort((a, b) => (`${a.workload}${a.message}` < `${b.workload}${b.message}` ? -1 : 1));
}
