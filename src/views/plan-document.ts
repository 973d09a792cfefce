import type { Plan } from '../model/plan.ts';
import { changeJson, driftJson } from './change-json.ts';
import { byAddress } from './plan-json.ts';
import type { ChangePj, PlanJson, PlanPj, ResourceChangeJson, ResourceDriftJson } from './plan-json-types.ts';
import { type AddressOf, addresses, planPj } from './plan-pj.ts';

/** What the views for people read: parts of the JSON form, made only for what they show. */
export interface PlanDocument {
  /** Those that do something or were moved, by address. */
  changes: ResourceChangeJson[];
  /** Ids of all others. */
  unchanged: string[];
  drift: ResourceDriftJson[];
  pj: PlanPj;
  addressOf: AddressOf;
}

/**
 * The document of a plan, or of its JSON form. Of a plan, JSON is made for the changes that are shown and for no others: a plan
 * without changes costs next to nothing however many workloads it has.
 */
export function documentOf(source: Plan | PlanJson): PlanDocument {
  if ('format_version' in source) {
    return {
      changes: source.resource_changes.filter(isShown),
      unchanged: source.resource_changes.filter((c) => !isShown(c)).map((c) => c.pj.id),
      drift: source.resource_drift ?? [],
      pj: source.pj,
      addressOf: addresses(source.resource_changes.map((c) => c.pj)),
    };
  }
  const shown = source.changes.filter((c) => c.action !== 'no-op' || c.previousId !== undefined);
  const unchanged = source.changes.filter((c) => c.action === 'no-op' && c.previousId === undefined);
  return {
    changes: shown.map(changeJson).sort(byAddress),
    unchanged: unchanged.map((c) => c.id),
    drift: source.drift.map(driftJson).sort(byAddress),
    pj: planPj(source),
    addressOf: addresses(source.changes),
  };
}

/** What you changed of a workload, as short paths without the first slash; a dependency is one, whatever of it changed. */
export function configuredPaths(pj: Pick<ChangePj, 'differences'>): string[] {
  const paths = pj.differences
    .filter((difference) => difference.cause.type === 'configured')
    .map(({ path }) => (/^\/dependencies\/[^/]+/.exec(path)?.[0] ?? path).slice(1));
  return [...new Set(paths)];
}

function isShown(change: ResourceChangeJson): boolean {
  return change.pj.action !== 'no-op' || change.previous_address !== undefined;
}
