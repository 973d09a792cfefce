import type { Plan } from '../model/plan.ts';
import type { Spec } from '../model/spec.ts';
import { cutCycles } from './cycles.ts';
import { dependencyGraph } from './graph.ts';
import { asRecorded } from './imperative.ts';
import type { PlannerInput } from './input.ts';
import { planFor } from './plan.ts';

/** The plan that gives one workload another spec and leaves all others, and what has drifted, as it is. */
export function planMigration(input: PlannerInput, id: string, spec: Spec): Plan {
  const records = Object.values(input.snapshot?.workloads ?? {});
  const graph = dependencyGraph(records.map((record) => record.id).sort(), (one) => {
    return input.snapshot?.workloads[one]?.dependencies ?? [];
  });
  cutCycles(graph);
  const observed = new Map(input.observed);
  const seen = observed.get(id);
  if (seen !== undefined) observed.set(id, { ...seen, fields: {} });
  return planFor(
    {
      ...input,
      desired: records.map((record) => ({
        ...asRecorded(record, graph, undefined),
        ...(record.id === id ? { spec } : {}),
      })),
      observed,
      moved: [],
      forget: [],
      options: { ...input.options, mode: 'imperative', targets: [], excludes: [], replace: [] },
    },
    { compareSpecs: true, restart: new Map(), start: new Map(), only: (one) => one === id },
  );
}
