import { isObject, type Json } from '../../../model/json.ts';
import type { Case } from './machine.ts';

/** The cases that an agent before this one has kept; what is none is left out. */
export function fromKept(kept: Json | undefined): Map<string, Case> {
  const cases = new Map<string, Case>();
  if (!isObject(kept)) return cases;
  for (const [id, value] of Object.entries(kept)) if (isCase(value)) cases.set(id, value as unknown as Case);
  return cases;
}

export const toKept = (cases: ReadonlyMap<string, Case>): Json => Object.fromEntries(cases) as unknown as Json;

/** Without what counts up by itself: that may be lost, and is seen anew. */
export const withoutCounters = (cases: ReadonlyMap<string, Case>): Json =>
  [...cases].map(([id, { failures: _, reason: __, restarts: ___, changes: ____, ...one }]) => [
    id,
    one,
  ]) as unknown as Json;

function isCase(value: Json | undefined): boolean {
  if (!isObject(value)) return false;
  const { stamp, health, failures, startedAt, up, attempts, changes, next } = value;
  return (
    typeof stamp === 'string' &&
    ['none', 'starting', 'healthy', 'unhealthy'].includes(String(health)) &&
    [failures, startedAt, attempts].every((one) => typeof one === 'number') &&
    typeof up === 'boolean' &&
    Array.isArray(changes) &&
    changes.every((one) => typeof one === 'number') &&
    (next === undefined || (isObject(next) && typeof next['at'] === 'number'))
  );
}
