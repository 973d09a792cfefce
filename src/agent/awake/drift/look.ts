import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { canonical, isObject, type Json, type JsonObject } from '../../../model/json.ts';
import { run } from '../../../os/exec.ts';
import { engineEnvironment } from '../../engine-environment.ts';
import { baseEnvironment } from '../../environment.ts';
import type { Awake } from '../contract.ts';

/** What has drifted of one workload. Values are never in it: who is told of it may be anybody. */
export type Finding = {
  id: string;
  kind: string;
  what: 'changed' | 'stopped' | 'gone';
  /** Pointers into the spec. */
  paths: string[];
  /** ISO 8601. */
  since?: string;
  detail?: string;
};

/** Longest that one look may take. ms */
const LOOK_DEADLINE = 120_000;

/** Asks a `pj drift --json` of its own, so that nothing of it stays in the agent's memory. Throws an Error that says why it could not be told. */
export async function lookForDrift(awake: Pick<Awake, 'project' | 'pjEntry'>, signal: AbortSignal): Promise<Finding[]> {
  const entry = awake.pjEntry ?? join(import.meta.dirname, '../bin/pj.js');
  const ran = await run(
    [process.execPath, entry, 'drift', '--json', '--no-color', '--no-input', '--dir', awake.project],
    {
      timeoutMs: LOOK_DEADLINE,
      cwd: awake.project,
      env: { ...baseEnvironment(process.env), ...engineEnvironment(process.env) },
      maxOutput: 32 * 1024 * 1024,
      signal,
    },
  );
  if (ran.timedOut) throw new Error(`it took longer than ${LOOK_DEADLINE / 1000} s`);
  if (ran.code !== 0 && ran.code !== 2)
    throw new Error(lastLine(ran.stderr) ?? `pj drift ended with ${ran.code ?? ran.signal}`);
  return findingsIn(ran.stdout);
}

/** The findings in what `pj drift --json` printed, sorted by id. Throws an Error for what is none. */
export function findingsIn(text: string): Finding[] {
  const value = JSON.parse(text) as Json;
  const list = isObject(value) ? value['resource_drift'] : undefined;
  if (!Array.isArray(list)) throw new Error('pj drift gave no list');
  return list.map(findingOf).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function findingOf(value: Json): Finding {
  const pj = isObject(value) ? value['pj'] : undefined;
  if (!isObject(pj)) throw new Error('pj drift gave a drift that names no workload');
  const { id, kind, what, paths, since, detail } = pj;
  if (typeof id !== 'string' || (what !== 'changed' && what !== 'stopped' && what !== 'gone'))
    throw new Error('pj drift gave a drift that this agent does not know');
  return {
    id,
    kind: String(kind),
    what,
    paths: Array.isArray(paths) ? paths.map(String) : [],
    ...(typeof since === 'string' ? { since } : {}),
    ...(typeof detail === 'string' ? { detail } : {}),
  };
}

/** Another one as soon as something else has drifted of it. Its words may change with time and say nothing new. */
export function digestOf({ id, what, paths, since }: Finding): string {
  const told: JsonObject = { id, what, paths: [...paths].sort(), since: since ?? null };
  return createHash('sha256').update(canonical(told)).digest('hex').slice(0, 16);
}

/** The last line that says something. */
export const lastLine = (text: string): string | undefined =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .at(-1);
