import type { Fault } from '../descriptors/load.ts';
import { PjError } from '../errors.ts';
import { segments } from '../model/json.ts';
import type { PlanOptions, PlanWarning } from '../model/plan.ts';
import type { Snapshot } from '../model/record.ts';
import type { Workload } from '../model/workload.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/**
 * Asks every provider what it cannot hold or do on this host. Errors are thrown, all in one, each with its place; warnings come back.
 * Those that the plan is told to leave out are not asked about.
 */
export async function checkWorkloads(
  run: Run,
  options: PlanOptions,
  snapshot: Snapshot | undefined,
): Promise<PlanWarning[]> {
  const byProvider = new Map<string, Workload[]>();
  for (const workload of run.loaded.workloads) {
    if (options.excludes.includes(workload.id)) continue;
    const group = byProvider.get(workload.provider);
    if (group === undefined) byProvider.set(workload.provider, [workload]);
    else group.push(workload);
  }
  const warnings: PlanWarning[] = [];
  const faults: Fault[] = [];
  await Promise.all(
    [...byProvider].map(async ([name, workloads]) => {
      const provider = await run.engines.provider(name);
      const all = run.loaded.workloads;
      for (const [id, findings] of await provider.check(workloads, quietly(run.signal), snapshot ?? null, all)) {
        for (const { severity, path, message: what, hint } of findings) {
          const message = path === undefined ? what : `${path}: ${what}`;
          if (severity === 'warning') warnings.push({ code: 'PJ5000', message, workload: id });
          else
            faults.push({
              workload: id,
              code: 'PJ5000',
              details: { id, message },
              path: segments(path ?? ''),
              ...(hint === undefined ? {} : { advice: hint }),
            });
        }
      }
    }),
  );
  const errors = await run.loaded.blame(faults);
  if (errors.length === 1 && errors[0] !== undefined) throw errors[0];
  if (errors.length > 1) throw new PjError('PJ1000', { count: errors.length }, { others: errors });
  return warnings.sort((a, b) => (`${a.workload}${a.message}` < `${b.workload}${b.message}` ? -1 : 1));
}
