import { ACTIVITY_TYPES, type ActivityEvent, type ActivityType } from '../../../model/awake.ts';
import { isObject, type Json, type JsonObject } from '../../../model/json.ts';

/** Upper bounds of what is counted by how long it took. Seconds. */
export const BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800] as const;

/** How often something took how long: `buckets[i]` counts what took at most BOUNDS[i] and more than the one before. */
export interface Spread {
  count: number;
  sum: number;
  buckets: number[];
}

/** What has happened so far, counted from the project's events. Kept over the agent's end, as JSON. */
export interface Tally {
  /** When all of it stood at 0, ms since 1970; absent while nothing was counted. Another agent that goes on with it tells the same. */
  since?: number;
  /** By type. */
  events: Record<string, number>;
  /** How long applies took, by outcome. */
  applies: Record<string, Spread>;
  lockWaits: Spread;
  /** Changes that were planned and applied, by action. */
  planned: Record<string, number>;
  /** By `ACTION OUTCOME`. */
  steps: Record<string, number>;
  /** What the agent did by itself, by action. */
  actions: Record<string, number>;
  /** By workload, then by `RESOURCE ACTION`. `since`: as above, of those of the workload, which may be another one under that id. */
  quotas: Record<string, { since: number; violations: Record<string, number>; actions: Record<string, number> }>;
}

/** How a run that changes something can end. */
export const OUTCOMES = ['ok', 'none', 'partial', 'failed', 'interrupted', 'error'] as const;

export const emptySpread = (): Spread => ({ count: 0, sum: 0, buckets: BOUNDS.map(() => 0) });

export function emptyTally(): Tally {
  return {
    ...{ events: {}, applies: {}, lockWaits: emptySpread(), planned: {}, steps: {}, actions: {}, quotas: {} },
  };
}

/**
 * What was kept, or an empty one for what is none. One that does not say since when it counts begins anew too: with a start made up it would be counted twice, and one that begins at 0
 * with the first event after those that it had counted is true in all that it tells.
 */
export function readTally(value: Json | undefined): Tally {
  const empty = emptyTally();
  if (!isObject(value)) return empty;
  const whole = typeof value['since'] === 'number' && Object.keys(empty).every((name) => isObject(value[name]));
  const bounds = (value['lockWaits'] as JsonObject | undefined)?.['buckets'];
  // Another version of pj may have had other bounds.
  const fits = Array.isArray(bounds) && bounds.length === BOUNDS.length;
  return whole && fits ? (value as unknown as Tally) : empty;
}

const RESOURCES = ['cpu', 'memory', 'disk', 'threads'];
const QUOTA_ACTIONS = ['NOTIFY', 'THROTTLE', 'SHUTDOWN', 'KILL'];
const DONE_BY_ITSELF: Partial<Record<ActivityType, string>> = {
  workload_restarted: 'restart',
  workload_given_up: 'give_up',
  drift_healed: 'heal',
};
const TYPES: readonly string[] = ACTIVITY_TYPES;
const word = (value: unknown): string =>
  typeof value === 'string' && /^[a-zA-Z_-]{1,32}$/.test(value) ? value : 'other';
const oneOf = (known: readonly string[], value: unknown): string =>
  typeof value === 'string' && known.includes(value) ? value : 'other';

/** Adds one event. Anybody may write into the file, so that no label can be made of what is not known. `enforced`: what is to be done where that workload breaks that quota. */
export function count(
  tally: Tally,
  { at, type, workload, data = {} }: ActivityEvent,
  enforced: (workload: string, resource: string) => string | undefined = () => undefined,
): void {
  if (!TYPES.includes(type)) return;
  // What is counted since an instant came after it.
  const since = Date.parse(at) - 1;
  tally.since ??= since;
  add(tally.events, type);
  const seconds = typeof data['seconds'] === 'number' && data['seconds'] >= 0 ? data['seconds'] : 0;
  switch (type) {
    case 'apply_complete':
      countApply(tally, data, seconds);
      break;
    case 'step_complete':
      add(tally.steps, `${word(data['action'])} done`);
      break;
    case 'step_failed':
      add(tally.steps, `${word(data['action'])} failed`);
      break;
    case 'lock_waited':
      observe(tally.lockWaits, seconds);
      break;
    case 'quota_violated':
    case 'quota_action': {
      // An action that failed is tried again, and told again.
      if (workload === undefined || data['ok'] === false) break;
      const resource = oneOf(RESOURCES, data['resource']);
      const action = oneOf(QUOTA_ACTIONS, data['action'] ?? enforced(workload, resource));
      const known = Object.hasOwn(tally.quotas, workload) ? tally.quotas[workload] : undefined;
      const quotas = known ?? { since, violations: {}, actions: {} };
      tally.quotas[workload] = quotas;
      add(type === 'quota_violated' ? quotas.violations : quotas.actions, `${resource} ${action}`);
      if (type === 'quota_action') add(tally.actions, action.toLowerCase());
      break;
    }
    default: {
      const action = DONE_BY_ITSELF[type];
      if (action !== undefined) add(tally.actions, action);
    }
  }
}

function countApply(tally: Tally, data: JsonObject, seconds: number): void {
  const outcome = word(data['outcome']);
  const spent = (Object.hasOwn(tally.applies, outcome) ? tally.applies[outcome] : undefined) ?? emptySpread();
  tally.applies[outcome] = spent;
  observe(spent, seconds);
  const actions = isObject(data['actions']) ? data['actions'] : {};
  for (const [action, n] of Object.entries(actions)) {
    if (typeof n === 'number' && n > 0) add(tally.planned, word(action), n);
  }
}

/** Forgets workloads that are no more. */
export function prune(tally: Tally, known: (workload: string) => boolean): void {
  for (const id of Object.keys(tally.quotas)) if (!known(id)) delete tally.quotas[id];
}

function add(counts: Record<string, number>, key: string, n = 1): void {
  counts[key] = (Object.hasOwn(counts, key) ? (counts[key] ?? 0) : 0) + n;
}

function observe(into: Spread, seconds: number): void {
  into.count += 1;
  into.sum += seconds;
  const at = BOUNDS.findIndex((bound) => seconds <= bound);
  if (at >= 0) into.buckets[at] = (into.buckets[at] ?? 0) + 1;
}
