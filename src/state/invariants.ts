import { isObject, type JsonObject } from '../model/json.ts';
import { TRANSITIONS } from '../model/lifecycle.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { KINDS } from '../model/workload.ts';
import { findCycle } from './dependency-graph.ts';

const HEALTH = ['none', 'starting', 'healthy', 'unhealthy'];
const CONDITIONS = ['started', 'healthy', 'completed'];
const DESIRED = ['running', 'stopped', 'paused'];
const kinds: readonly unknown[] = KINDS;

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isTime = (value: unknown): boolean =>
  isText(value) && value.length >= 20 && value[4] === '-' && value[10] === 'T';

/**
 * What is wrong with a value that should be the records of a state, in one sentence; undefined when nothing is. Checked by
 * hand and in one pass, since every command does it: shape of each record, ids that match their keys, legal lifecycle
 * states, no two instances of one generation, no cycle. Unknown extra keys are kept and not complained of.
 *
 * That a dependency is not recorded is legal: it is so between the destroy and the create of a replace.
 */
export function problemIn(workloads: unknown): string | undefined {
  if (!isObject(workloads)) return 'workloads is not an object';
  for (const [id, record] of Object.entries(workloads)) {
    const problem = recordProblem(id, record);
    if (problem !== undefined) return `workload ${JSON.stringify(id)}: ${problem}`;
  }
  const cycle = findCycle(workloads as unknown as Record<string, WorkloadRecord>);
  return cycle === undefined ? undefined : `dependencies go round in a circle: ${[...cycle, cycle[0]].join(' → ')}`;
}

/** What is wrong with one record, or undefined. */
export function recordProblem(id: string, record: unknown): string | undefined {
  if (!isObject(record)) return 'it is not an object';
  if (id === '') return 'its id is empty';
  if (record['id'] !== id) return `it says that its id is ${JSON.stringify(record['id'])}`;
  if (!kinds.includes(record['kind'])) return `unknown kind ${JSON.stringify(record['kind'])}`;
  if (!isText(record['provider']) || record['provider'] === '') return 'it has no provider';
  if (!isCount(record['generation'])) return 'its generation is not a number';
  if (!isObject(record['spec'])) return 'its spec is not an object';
  if (record['handle'] !== null && !isObject(record['handle'])) return 'its handle is neither an object nor null';
  const state = record['state'];
  if (!isText(state) || !Object.hasOwn(TRANSITIONS, state)) return `unknown state ${JSON.stringify(state)}`;
  if (!HEALTH.includes(record['health'] as string)) return `unknown health ${JSON.stringify(record['health'])}`;
  if (typeof record['completed'] !== 'boolean') return 'completed is neither true nor false';
  if (!DESIRED.includes(record['desiredState'] as string)) return 'its desiredState is not known';
  if (!isObject(record['attributes'])) return 'its attributes are not an object';
  if (!isTime(record['createdAt']) || !isTime(record['updatedAt'])) return 'createdAt or updatedAt is not a time';
  return lifecycleProblem(record['lifecycle']) ?? dependencyProblem(id, record) ?? optionalProblem(record);
}

function lifecycleProblem(lifecycle: unknown): string | undefined {
  if (!isObject(lifecycle)) return 'its lifecycle is not an object';
  for (const key of ['preventDestroy', 'createBeforeDestroy', 'rollback'])
    if (typeof lifecycle[key] !== 'boolean') return `lifecycle.${key} is neither true nor false`;
  for (const key of ['ignoreChanges', 'replaceOn']) {
    const list = lifecycle[key];
    if (!Array.isArray(list) || !list.every(isText)) return `lifecycle.${key} is not a list of pointers`;
  }
  return undefined;
}

function dependencyProblem(id: string, record: JsonObject): string | undefined {
  const list = record['dependencies'];
  if (!Array.isArray(list)) return 'its dependencies are not a list';
  for (const one of list) {
    if (!isObject(one) || !isText(one['id']) || one['id'] === '') return 'a dependency has no id';
    if (one['id'] === id) return 'it depends on itself';
    if (!CONDITIONS.includes(one['condition'] as string))
      return `its dependency on ${one['id']} has no known condition`;
    if (typeof one['optional'] !== 'boolean' || typeof one['restart'] !== 'boolean')
      return `its dependency on ${one['id']} is not whole`;
  }
  return undefined;
}

function optionalProblem(record: JsonObject): string | undefined {
  const error = record['lastError'];
  if (error !== undefined && !(isObject(error) && isText(error['code']) && isText(error['message'])))
    return 'its lastError is not whole';
  if (record['previousSpec'] !== undefined && !isObject(record['previousSpec']))
    return 'its previousSpec is not an object';
  const deposed = record['deposed'];
  if (deposed === undefined) return undefined;
  if (!Array.isArray(deposed)) return 'its deposed instances are not a list';
  const generations = new Set([record['generation']]);
  for (const one of deposed) {
    if (!isObject(one) || !isCount(one['generation']) || !isText(one['provider']) || !isObject(one['spec']))
      return 'a deposed instance is not whole';
    if (one['handle'] !== null && !isObject(one['handle'])) return 'a deposed instance has no handle';
    if (generations.has(one['generation'])) return `two instances of generation ${one['generation']}`;
    generations.add(one['generation']);
  }
  return undefined;
}
