import type { Sighting } from '../../agent/calls.ts';
import { logFiles } from '../../agent/log-files.ts';
import { PjError } from '../../errors.ts';
import type { Leak } from '../../jvm/protocol.ts';
import type { Json, JsonObject, Pointer } from '../../model/json.ts';
import type { Observed } from '../../model/observed.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import { detailsOf, isRestarting, sinceOf, statusOf } from '../agent/sighting.ts';
import type { Found, Made } from '../contract.ts';
import { handleOf } from '../native/observed.ts';
import type { Told } from './host.ts';
import { hostHeap } from './native-spec.ts';

/** One host JVM: what the agent says, and what it says itself; an error where it does not answer. */
export interface Seen {
  sighting: Sighting;
  told: Told | Error | undefined;
}

/** What others may refer to, and what `pj status` shows. */
export function attributesOf({ sighting, told }: Seen, project: string): JsonObject {
  const { entry, pid, alive } = sighting;
  const files = logFiles(project, entry.home.id);
  const host = told === undefined || told instanceof Error ? undefined : told.host;
  const heap = hostHeap(entry.spec) ?? host?.heap.max;
  return {
    id: entry.identity.id,
    ...(pid === null ? {} : { pid }),
    ...(heap === undefined ? {} : { heap }),
    ...(host === undefined ? {} : { java: host.java.version, home: host.java.home }),
    state: alive ? 'running' : statusOf(entry, alive),
    logFiles: [files.out, files.err],
  };
}

/** What an action left behind. */
export function madeOf(seen: Seen, project: string): Made {
  return { handle: handleOf(seen.sighting.entry), attributes: attributesOf(seen, project) };
}

/** What find gives. An entry is written whole or not at all, so nothing is ever half made. */
export function foundOf(seen: Seen, project: string): Found {
  const { entry, alive } = seen.sighting;
  return { ...madeOf(seen, project), status: statusOf(entry, alive), whole: true, specDigest: entry.specDigest };
}

/** One record as it is now. */
export function observedOf(record: WorkloadRecord, seen: Seen | undefined, project: string): Observed {
  if (seen === undefined) return { id: record.id, status: 'gone', fields: {}, attributes: {}, handle: null };
  const { sighting, told } = seen;
  const { entry, alive } = sighting;
  const outside = outsideOf(record, sighting);
  const detail = [...detailsOf(sighting), ...outside, ...toldOf(told)].join('; ');
  const { home } = record.spec.jvm ?? {};
  const changed = outside[0] !== undefined && typeof home === 'string';
  const fields: Record<Pointer, Json> = {
    ...sighting.limits,
    ...(changed ? { '/jvm/home': `${home} (${outside[0]})` } : {}),
  };
  return {
    id: record.id,
    status: statusOf(entry, alive),
    fields,
    attributes: attributesOf(seen, project),
    handle: handleOf(entry),
    ...sinceOf(sighting),
    restarts: entry.restarts,
    ...(isRestarting(sighting) ? { restarting: true } : {}),
    ...(detail === '' ? {} : { detail }),
  };
}

/** What somebody else did to it since it was recorded. */
function outsideOf({ handle }: WorkloadRecord, { entry, alive, stampNow }: Sighting): string[] {
  if (!alive || handle === null) return [];
  const why: string[] = [];
  if (handle['instance'] !== entry.instance || handle['run'] !== entry.run) why.push('restarted by somebody else');
  if (entry.binary !== null && stampNow !== entry.binary.stamp)
    why.push(stampNow === null ? 'its Java is gone since it was started' : 'its Java changed since it was started');
  return why;
}

/** What it says itself that somebody should know. */
function toldOf(told: Told | Error | undefined): string[] {
  if (told === undefined) return [];
  if (told instanceof Error) return [silence(told)];
  const { leaks } = told.host;
  const leaked = leaks.map(({ key, by }) => `${key} leaked its loader${heldBy(by)}`);
  const alive = told.apps.flatMap(({ key, leaked: loaders }) =>
    loaders > 0 ? [`${key} leaked ${loaders === 1 ? 'a loader' : `${loaders} loaders`}`] : [],
  );
  const all = [...leaked, ...alive];
  return all.length > MOST_LEAKS ? [...all.slice(0, MOST_LEAKS), `${all.length - MOST_LEAKS} more leaks`] : all;
}

/** More than these in a line tell nobody anything. */
const MOST_LEAKS = 3;

/** Why it does not answer, for people. */
export function silence(error: Error): string {
  const reason = error instanceof PjError && error.code === 'PJ5603' ? String(error.details['reason']) : error.message;
  return `it does not answer: ${reason}`;
}

/** Who holds a loader that should be gone; empty where nobody knows. */
export function heldBy(by: readonly Leak[]): string {
  const known = by.filter(({ kind }) => kind !== 'unknown').map(({ what }) => what);
  return known.length === 0 ? '' : ` (held by ${known.join(', ')})`;
}
