import { isObject, type JsonObject } from '../model/json.ts';
import type { Entry } from './entry.ts';

const PHASES = ['created', 'starting', 'running', 'stopping', 'stopped', 'completed', 'failed', 'backoff'];

type Test = (value: unknown) => boolean;
const text: Test = (value) => typeof value === 'string';
const count: Test = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const flag: Test = (value) => typeof value === 'boolean';
const time: Test = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value);
const shape =
  (tests: Record<string, Test>): Test =>
  (value) =>
    isObject(value) && Object.entries(tests).every(([key, test]) => test(value[key]));
const all =
  (test: Test): Test =>
  (value) =>
    (Array.isArray(value) || isObject(value)) && Object.values(value).every(test);

const identity = { id: text, lineage: text, generation: count, project: text };
const process = shape({ pid: (pid) => count(pid) && Number(pid) > 1, startTime: text, bootId: text });
const exit = shape({
  known: flag,
  code: orNull(Number.isSafeInteger),
  signal: orNull(text),
  oomKilled: flag,
  at: orNull(time),
});

const inside = shape({
  id: text,
  generation: orNull(count),
  instance: orNull(text),
  after: (value) => Array.isArray(value) && value.every(text),
  dropping: flag,
});

const FIELDS: { [K in keyof Required<Entry>]: Test } = {
  version: (value) => value === 1,
  identity: shape(identity),
  home: shape({ ...identity, place: text }),
  dir: text,
  revision: count,
  instance: text,
  run: orNull(text),
  spec: shape({}),
  origin: orNull(shape({ keyId: text, sources: all(isObject), references: shape({}) })),
  specDigest: text,
  base: (value) => isObject(value) && all(text)(value),
  phase: (value) => PHASES.includes(String(value)),
  wanted: (value) => value === 'running' || value === 'stopped',
  token: orNull(text),
  process: orNull(process),
  imported: flag,
  binary: orNull(shape({ path: text, stamp: text })),
  held: (value) => Array.isArray(value) && value.every(text),
  restarts: count,
  attempts: count,
  lastExit: orNull(exit),
  reason: orNull(text),
  createdAt: time,
  startedAt: orNull(time),
  since: time,
  nextStart: orNull(time),
  inside: (value) => value === undefined || inside(value),
};

/** Reads one entry of the registry, every field of it checked: it decides whom signals go to. Throws an Error that says what is wrong. */
export function readEntry(written: string): Entry {
  const value: unknown = JSON.parse(written);
  if (!isObject(value)) throw new Error('not an object');
  const { version } = value;
  if (version !== 1) throw new Error(`version ${JSON.stringify(version)} is not known to this pj`);
  const wrong = Object.entries(FIELDS).find(([name, test]) => !test((value as JsonObject)[name]));
  if (wrong !== undefined) throw new Error(`its field ${wrong[0]} is missing or no ${wrong[0]}`);
  return value as unknown as Entry;
}
