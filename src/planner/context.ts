import type { PlanWarning } from '../model/plan.ts';
import { hasHealthCheck } from '../model/spec.ts';
import type { Dependency } from '../model/workload.ts';
import type { PlannerInput, ProviderRules } from './input.ts';
import type { Node } from './node.ts';

/** What is at hand while the workloads are decided one by one, dependencies first. */
export interface Context {
  input: PlannerInput;
  /** All of them, by id; decided up to the one at hand. */
  nodes: Map<string, Node>;
  rules(provider: string): ProviderRules;
  /** False where specs are taken as recorded: an imperative command changes no spec. */
  compareSpecs: boolean;
  /** True where only reality is measured, by the record: what is healed changes no spec either. */
  asRecorded: boolean;
  /** Asked by name to be replaced (`--replace`) or restarted (`pj restart`), or run again (`pj start` of a job); the value says by what. */
  asked: {
    replace: ReadonlyMap<string, string>;
    restart: ReadonlyMap<string, string>;
    start: ReadonlyMap<string, string>;
  };
  warnings: PlanWarning[];
  /** Something that is recorded is left as it is, whatever its descriptor says. */
  someStay: boolean;
}

/** The dependencies of a workload that are there; optional ones that are not are left out. */
export function present(dependencies: readonly Dependency[], has: (id: string) => boolean): Dependency[] {
  return dependencies.every((one) => has(one.id))
    ? (dependencies as Dependency[])
    : dependencies.filter((one) => has(one.id));
}

/** Whether something is waited for once it is started: its health, or its end. */
export function isAwaited(node: Node): boolean {
  const spec = node.planned?.spec;
  return node.runsOnce || (spec !== undefined && hasHealthCheck(spec));
}
