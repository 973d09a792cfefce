import type { Sighting } from '../../agent/calls.ts';
import type { Entry } from '../../agent/entry.ts';
import { logFiles } from '../../agent/log-files.ts';
import type { Json, JsonObject, Pointer } from '../../model/json.ts';
import type { Observed } from '../../model/observed.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import { detailsOf, isRestarting, sinceOf, statusOf } from '../agent/sighting.ts';
import type { Found, Made } from '../contract.ts';

/**
 * What the state keeps of an instance: which one it is, which start of it, and from which file. Restarts by the agent change none of it, so
 * that they are no drift; the pid is an attribute.
 */
export function handleOf({ instance, run, identity, binary }: Entry): JsonObject {
  return { instance, run, generation: identity.generation, binary: binary?.stamp ?? null };
}

/** What others may refer to, and what `pj status` shows. */
export function attributesOf({ entry, pid, alive }: Sighting, project: string): JsonObject {
  const { ports } = entry.spec.native ?? {};
  const files = logFiles(project, entry.home.id);
  return {
    id: entry.identity.id,
    address: '127.0.0.1',
    ...(pid === null ? {} : { pid }),
    ...(ports === undefined ? {} : { ports: Object.fromEntries(ports.map((port) => [String(port), port])) }),
    state: alive ? 'running' : statusOf(entry, alive),
    logFiles: [files.out, files.err],
  };
}

/** What an action left behind. */
export function madeOf(sighting: Sighting, project: string): Made {
  return { handle: handleOf(sighting.entry), attributes: attributesOf(sighting, project) };
}

/** What find gives. An entry is written whole or not at all, so nothing is ever half made. */
export function foundOf(sighting: Sighting, project: string): Found {
  const { entry, alive } = sighting;
  return { ...madeOf(sighting, project), status: statusOf(entry, alive), whole: true, specDigest: entry.specDigest };
}

/** One record as it is now. */
export function observedOf(record: WorkloadRecord, sighting: Sighting | undefined, project: string): Observed {
  if (sighting === undefined) {
    return { id: record.id, status: 'gone', fields: {}, attributes: {}, handle: null };
  }
  const { entry, alive } = sighting;
  const detail = [...detailsOf(sighting), ...outside(record, sighting)].join('; ');
  return {
    id: record.id,
    status: statusOf(entry, alive),
    fields: fieldsOf(record, sighting),
    attributes: attributesOf(sighting, project),
    handle: handleOf(entry),
    ...sinceOf(sighting),
    restarts: entry.restarts,
    ...(isRestarting(sighting) ? { restarting: true } : {}),
    ...(detail === '' ? {} : { detail }),
  };
}

/** Values that reality has in place of those of the spec: limits as the kernel holds them, and a command that is another one now. */
function fieldsOf(record: WorkloadRecord, sighting: Sighting): Record<Pointer, Json> {
  const fields: Record<Pointer, Json> = { ...sighting.limits };
  const command = record.spec.native?.command;
  const [why] = outside(record, sighting);
  if (why !== undefined && typeof command === 'string') fields['/native/command'] = `${command} (${why})`;
  return fields;
}

/** What somebody else did to it since it was recorded. */
function outside(record: WorkloadRecord, { entry, alive, stampNow }: Sighting): string[] {
  const recorded = record.handle;
  const why: string[] = [];
  if (!alive || recorded === null) return why;
  if (recorded['instance'] !== entry.instance || recorded['run'] !== entry.run) why.push('restarted by somebody else');
  if (entry.binary !== null && stampNow !== entry.binary.stamp) {
    why.push(stampNow === null ? 'its file is gone since it was started' : 'changed on disk since it was started');
  }
  return why;
}
