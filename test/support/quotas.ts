import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActivityEvent } from '../../src/model/awake.ts';
import { type Scratch, until } from './pj.ts';

/** What the agent has told of a project. */
export function eventsOf(scratch: Scratch, type?: ActivityEvent['type']): ActivityEvent[] {
  const path = join(scratch.dir, '.pj', 'events.ndjson');
  if (!existsSync(path)) return [];
  const all = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ActivityEvent);
  return type === undefined ? all : all.filter((one) => one.type === type);
}

/** Waits for an event after the first `after` of that type. */
export function event(scratch: Scratch, type: ActivityEvent['type'], ms = 60_000, after = 0): Promise<ActivityEvent> {
  return until(`an event ${type} of ${scratch.dir}`, () => eventsOf(scratch, type)[after], ms);
}

/** Waits for an action that came off; one that failed before, for a lock say, does not count. */
export const actionDone = (scratch: Scratch, id: string, ms = 60_000): Promise<ActivityEvent> =>
  until(
    `an action on ${id} in ${scratch.dir}`,
    () => eventsOf(scratch, 'quota_action').find(({ data, workload }) => data?.['ok'] === true && workload === id),
    ms,
  ).catch((waited: unknown) => {
    throw new Error(`${String(waited)}\n${JSON.stringify(eventsOf(scratch).slice(-30), undefined, 1)}`);
  });

/** How often each action came off, by workload. */
export function quotaActions(scratch: Scratch): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { data, workload } of eventsOf(scratch, 'quota_action')) {
    const key = `${data?.['action']} ${workload}`;
    if (data?.['ok'] === true) counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** A measured figure, where PJ_TEST_FIGURES names a file for them. */
export function figure(...words: string[]): void {
  const file = process.env['PJ_TEST_FIGURES'];
  if (file !== undefined) appendFileSync(file, `${words.join(' | ')}\n`);
}

/** What the agent keeps of the quotas of a workload. */
export function keptOf(scratch: Scratch, id: string): unknown {
  const path = join(scratch.dir, '.pj', 'agent', 'awake.json');
  const all = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, unknown>>)
    : {};
  return all['enforcement']?.[id];
}

/** The operations in the audit log. */
export const auditOf = (scratch: Scratch): string[] =>
  scratch
    .read('.pj/audit.ndjson')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { operation: string }).operation);
