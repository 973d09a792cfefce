import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { asPjError, EXIT } from '../errors.ts';
import { driftLine } from '../model/drift-line.ts';
import { canonical, type JsonObject } from '../model/json.ts';
import type { Drift } from '../model/plan.ts';
import type { Project } from '../project/project.ts';
import { driftToJson } from '../views/drift-text.ts';
import type { Terminal } from './terminal.ts';

/** Longest between two looks at engines that cannot be asked. ms */
const SLOWEST = 60_000;
/** Before it is seen whether another run is still at work. ms */
const AT_WORK = 500;

/**
 * `pj drift --watch`: looks every `seconds` and prints what is new, what has become another drift and what is gone, each with the time (UTC); as JSON, the
 * whole drift as one line whenever it has changed. While another run is at work, which moves things itself, it does not look, and says so once. An engine that cannot be asked is told once and asked again, more and more seldom. Needs no agent.
 * Ends with `signal` alone; gives 2 where there is drift then, else 0. Throws what the very first look throws.
 */
export async function watchDrift(
  project: Pick<Project, 'drift' | 'state'>,
  { json, seconds, signal }: { json: boolean; seconds: number; signal: AbortSignal },
  terminal: Pick<Terminal, 'out' | 'err'>,
): Promise<number> {
  let before: Map<string, string> | undefined;
  let trouble = '';
  let failures = 0;
  let waitedFor = '';
  const atWork = async (): Promise<boolean> => {
    const holder = await project.state.holder();
    if (holder !== undefined && holder.id !== waitedFor)
      terminal.err(`${new Date().toISOString()} not looking: ${holder.operation} by ${holder.who} is at work\n`);
    waitedFor = holder?.id ?? '';
    return holder !== undefined;
  };
  while (!signal.aborted) {
    try {
      // Once more after it: whoever came meanwhile is seen half-way.
      const drift = (await atWork()) ? undefined : await project.drift();
      if (signal.aborted) break;
      if (drift === undefined || (await atWork())) {
        await sleep(AT_WORK, undefined, { signal }).catch(() => undefined);
        continue;
      }
      const time = new Date().toISOString();
      if (trouble !== '') terminal.err(`${time} engines answer again\n`);
      trouble = '';
      failures = 0;
      const now = new Map(drift.map((one) => [one.id, digestOfDrift(one)]));
      const news = before === undefined || changed(before, now);
      if (news && json) terminal.out(`${JSON.stringify(driftToJson(drift, { timestamp: time }))}\n`);
      else if (news) for (const line of linesOf(drift, before, now)) terminal.out(`${time} ${line}\n`);
      before = now;
    } catch (thrown) {
      if (signal.aborted) break;
      if (before === undefined) throw thrown;
      const { code, message } = asPjError(thrown);
      if (trouble !== message) terminal.err(`${new Date().toISOString()} cannot look: ${message} [${code}]\n`);
      trouble = message;
      failures += 1;
    }
    const wait = Math.max(seconds * 1000, Math.min(SLOWEST, seconds * 1000 * 2 ** failures));
    await sleep(failures === 0 ? seconds * 1000 : wait, undefined, { signal }).catch(() => undefined);
  }
  return (before?.size ?? 0) > 0 ? EXIT.changes : EXIT.ok;
}

function changed(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): boolean {
  return before.size !== now.size || [...now].some(([id, digest]) => before.get(id) !== digest);
}

function linesOf(
  drift: readonly Drift[],
  before: ReadonlyMap<string, string> | undefined,
  now: ReadonlyMap<string, string>,
): string[] {
  if (before === undefined && drift.length === 0) return ['no drift; watching'];
  const gone = [...(before?.keys() ?? [])].filter((id) => !now.has(id)).map((id) => `${id} is as it was applied again`);
  return [...drift.filter((one) => before?.get(one.id) !== now.get(one.id)).map(driftLine), ...gone];
}

/** Another one as soon as the drift of a workload is another. */
function digestOfDrift({ id, what, differences, since }: Pick<Drift, 'id' | 'what' | 'differences' | 'since'>): string {
  const told = { id, what, since: since ?? null, differences } as unknown as JsonObject;
  return createHash('sha256').update(canonical(told)).digest('hex').slice(0, 16);
}
