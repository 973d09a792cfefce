import type { EnforcedResource, EnforcementAction, Spec } from '../../../model/spec.ts';
import { GRACE } from './figures.ts';

/** What is enforced of one resource of one workload. */
export interface Rule {
  resource: EnforcedResource;
  action: EnforcementAction;
  /** Cores, bytes, threads. */
  quota: number;
  gracePeriod: number;
}

/** Of those resources that have a quota. */
export function rulesOf({ resources }: Spec): Rule[] {
  const rules: Rule[] = [];
  for (const [name, enforced] of Object.entries(resources?.enforcement ?? {})) {
    const resource = name as EnforcedResource;
    const quota = quotaOf(resource, resources ?? {});
    if (typeof quota === 'number' && quota > 0)
      rules.push({ resource, action: enforced.action, quota, gracePeriod: Math.max(1, enforced.gracePeriod ?? GRACE) });
  }
  return rules;
}

/** Threads count as processes do where only those are limited. */
function quotaOf(resource: EnforcedResource, resources: NonNullable<Spec['resources']>): number | undefined {
  return resource === 'threads' ? (resources.maxThreads ?? resources.maxProcesses) : resources[resource];
}

export const sameRule = (a: Rule, b: Rule): boolean =>
  a.action === b.action && a.quota === b.quota && a.gracePeriod === b.gracePeriod;
