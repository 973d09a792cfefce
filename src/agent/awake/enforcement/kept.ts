import { isObject, type Json, type JsonObject } from '../../../model/json.ts';
import type { EnforcedResource } from '../../../model/spec.ts';
import { type Counter, endsIt, type Pending } from './counter.ts';
import type { Rule } from './rules.ts';

/** How one quota stands. */
export interface Entry {
  /** The one that was counted by. */
  rule: Rule;
  counter: Counter;
  /** The end that was due when the agent before this one was ended, until it is told what became of it. */
  begun?: Pending;
}

/** How the quotas of one workload stand. */
export interface Case {
  instance: string;
  /** By resource. */
  counted: Map<EnforcedResource, Entry>;
}

/** What is kept over the agent's end, by workload. */
export function toKept(cases: ReadonlyMap<string, Case>): JsonObject {
  const kept: JsonObject = {};
  for (const [id, { instance, counted }] of cases)
    if (counted.size > 0) kept[id] = { instance, counted: Object.fromEntries(counted) as unknown as Json };
  return kept;
}

/** What cannot be read is as if it was not kept. */
export function fromKept(kept: Json | undefined): Map<string, Case> {
  const cases = new Map<string, Case>();
  if (!isObject(kept)) return cases;
  for (const [id, one] of Object.entries(kept)) {
    if (!isObject(one) || typeof one['instance'] !== 'string' || !isObject(one['counted'])) continue;
    const counted: Case['counted'] = new Map();
    for (const [resource, entry] of Object.entries(one['counted'])) {
      if (!isObject(entry) || !isObject(entry['rule']) || !isObject(entry['counter'])) continue;
      const rule = entry['rule'] as unknown as Rule;
      const counter = entry['counter'] as unknown as Counter;
      const whole = typeof rule.quota === 'number' && typeof rule.gracePeriod === 'number';
      if (whole && typeof counter.violations === 'number' && typeof counter.good === 'number')
        counted.set(resource as EnforcedResource, { rule, counter, ...begunOf(entry['begun']) });
    }
    if (counted.size > 0) cases.set(id, { instance: one['instance'], counted });
  }
  return cases;
}

function begunOf(value: Json | undefined): Pick<Entry, 'begun'> {
  const begun = value as unknown as Pending;
  return isObject(value) && endsIt(begun) && typeof begun.why === 'string' ? { begun } : {};
}
