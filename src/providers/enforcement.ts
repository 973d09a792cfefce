import { isObject, type Json, pointer } from '../model/json.ts';
import type { EnforcedResource, Resources } from '../model/spec.ts';
import type { Finding } from './contract.ts';

/** The keys of `resources` that are the quota of an enforced resource. */
const QUOTAS: Record<EnforcedResource, readonly (keyof Resources)[]> = {
  cpu: ['cpu'],
  memory: ['memory'],
  disk: ['disk'],
  threads: ['maxThreads', 'maxProcesses'],
};

/** Where THROTTLE does nothing, whatever the kind. */
const NEVER: Partial<Record<EnforcedResource, string>> = {
  disk: 'what is on a disk does not become less by writing slower',
  threads: 'threads are there or not: none of them can be made fewer from outside',
};

const INSTEAD: Record<EnforcedResource, string> = {
  cpu: 'Use NOTIFY, SHUTDOWN or KILL; `resources.cpu` itself is held by the kernel where it can be.',
  memory: 'Use NOTIFY, SHUTDOWN or KILL, or throttle `cpu`.',
  disk: 'Use NOTIFY, SHUTDOWN or KILL; a volume with a `size` is held where its engine can.',
  threads: 'Use NOTIFY, SHUTDOWN or KILL; the kernel holds `maxThreads` and `maxProcesses` by themselves.',
};

/** Why a resource can be throttled nowhere; undefined where that depends on the kind. */
export const neverThrottled = (resource: EnforcedResource): string | undefined => NEVER[resource];

/**
 * What of `resources.enforcement` cannot be done: THROTTLE of what `unthrottled` gives a reason for, and what has no quota. Every provider's check asks
 * this; what is a template is looked at when it is known.
 */
export function checkEnforcement(
  resources: Resources | undefined,
  unthrottled: (resource: EnforcedResource) => string | undefined,
): Finding[] {
  const told: Json | undefined = resources?.enforcement;
  if (resources === undefined || !isObject(told)) return [];
  const findings: Finding[] = [];
  const error = (resource: string, message: string, hint: string): void =>
    void findings.push({ severity: 'error', path: pointer('resources', 'enforcement', resource), message, hint });
  for (const [name, rule] of Object.entries(told)) {
    const resource = name as EnforcedResource;
    const quotas = QUOTAS[resource];
    if (quotas.every((key) => resources[key] === undefined)) {
      const keys = quotas.map((key) => `\`resources.${key}\``).join(' or ');
      error(resource, `there is no quota to enforce: ${keys} is not set`, `Set ${keys}, or take this away.`);
    }
    if (!isObject(rule) || rule['action'] !== 'THROTTLE') continue;
    const why = neverThrottled(resource) ?? unthrottled(resource);
    if (why !== undefined) error(resource, `THROTTLE of ${resource} cannot be done: ${why}`, INSTEAD[resource]);
  }
  return findings;
}
