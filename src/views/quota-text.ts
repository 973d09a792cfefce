import type { QuotaStatus } from '../model/awake.ts';
import { ageOf, ago } from './age.ts';
import { bytes, cores } from './quantity-text.ts';

/** What is worth telling of one enforced resource: `cpu throttled to 0.5 of 1 core since 3 min`; undefined where all is well and nothing was done. */
export function quotaText(quota: QuotaStatus, now: Date): string | undefined {
  const { resource, action, throttledTo, actedAt, violations, used } = quota;
  const amount = (value: number): string => amountOf(resource, value);
  if (throttledTo !== undefined) {
    const age = actedAt === undefined ? undefined : ageOf(actedAt, now);
    return `${resource} throttled to ${bare(resource, throttledTo)} of ${amount(quota.quota)}${age === undefined ? '' : ` since ${age}`}`;
  }
  const done = actedAt === undefined ? undefined : `${PAST[action]} ${ago(actedAt, now) ?? ''}`.trimEnd();
  if (violations > 0) {
    const how =
      used === undefined
        ? `over its quota of ${amount(quota.quota)}`
        : `${bare(resource, used)} of ${amount(quota.quota)}`;
    const since = `for ${violations} ${violations === 1 ? 'sample' : 'samples'}`;
    return `${resource} ${how} ${since} (${done ?? `${action} is next`})`;
  }
  return done === undefined ? undefined : `${resource} was over its quota of ${amount(quota.quota)}: ${done}`;
}

const PAST: Record<QuotaStatus['action'], string> = {
  NOTIFY: 'told',
  THROTTLE: 'throttled',
  SHUTDOWN: 'stopped',
  KILL: 'killed',
};

function amountOf(resource: QuotaStatus['resource'], value: number): string {
  switch (resource) {
    case 'cpu':
      return `${trimmed(value)} ${value === 1 ? 'core' : 'cores'}`;
    case 'threads':
      return `${value} ${value === 1 ? 'thread' : 'threads'}`;
    default:
      return bytes(value);
  }
}

/** Without the unit, where the other number has it. */
function bare(resource: QuotaStatus['resource'], value: number): string {
  if (resource === 'cpu') return trimmed(value);
  return resource === 'threads' ? String(value) : bytes(value);
}

const trimmed = (value: number): string => String(Number(cores(value)));
