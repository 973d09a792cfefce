import type { Sighting } from '../../../agent/calls.ts';
import { logFiles } from '../../../agent/log-files.ts';
import { classPathOf, stampOfClassPath } from '../../../jvm/classpath.ts';
import type { Json, JsonObject, Pointer } from '../../../model/json.ts';
import type { Observed } from '../../../model/observed.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import { leavesOf } from '../../../model/template.ts';
import { detailsOf, isRestarting, sinceOf, statusOf } from '../../agent/sighting.ts';
import type { Found, Made } from '../../contract.ts';
import { handleOf as nativeHandleOf } from '../../native/observed.ts';
import { STAMP_VARIABLE } from './native-spec.ts';

/** What the state keeps of an instance: that of its process, and which class path it was started from. */
export function handleOf({ entry }: Sighting): JsonObject {
  return { runtime: 'own', ...nativeHandleOf(entry), jars: entry.spec.env?.[STAMP_VARIABLE] ?? null };
}

/** What others may refer to, and what `pj status` shows. */
export function attributesOf({ entry, pid, alive }: Sighting, project: string): JsonObject {
  const { ports, version, heap } = entry.spec.java ?? {};
  const files = logFiles(project, entry.home.id);
  return {
    id: entry.identity.id,
    address: '127.0.0.1',
    ...(pid === null ? {} : { pid }),
    ...(ports === undefined ? {} : { ports: Object.fromEntries(ports.map((port) => [String(port), port])) }),
    ...(version === undefined ? {} : { java: version }),
    ...(heap === undefined ? {} : { heap }),
    state: alive ? 'running' : statusOf(entry, alive),
    logFiles: [files.out, files.err],
  };
}

/** What an action left behind. */
export const madeOf = (sighting: Sighting, project: string): Made => ({
  handle: handleOf(sighting),
  attributes: attributesOf(sighting, project),
});

/** What find gives. An entry is written whole or not at all, so nothing is ever half made. */
export function foundOf(sighting: Sighting, project: string): Found {
  const { entry, alive } = sighting;
  return { ...madeOf(sighting, project), status: statusOf(entry, alive), whole: true, specDigest: entry.specDigest };
}

/** One record as it is now. */
export function observedOf(record: WorkloadRecord, sighting: Sighting | undefined, project: string): Observed {
  if (sighting === undefined) return { id: record.id, status: 'gone', fields: {}, attributes: {}, handle: null };
  const { entry, alive } = sighting;
  const changed = changesOf(record, sighting, project);
  const detail = [...detailsOf(sighting), ...changed.map(({ why }) => why)].join('; ');
  return {
    id: record.id,
    status: statusOf(entry, alive),
    fields: { ...sighting.limits, ...Object.fromEntries(changed.map(({ path, value }) => [path, value])) },
    attributes: attributesOf(sighting, project),
    handle: handleOf(sighting),
    ...sinceOf(sighting),
    restarts: entry.restarts,
    ...(isRestarting(sighting) ? { restarting: true } : {}),
    ...(detail === '' ? {} : { detail }),
  };
}

interface Change {
  path: Pointer;
  value: Json;
  why: string;
}

/** What somebody else did to it since it was recorded: to the process, its class path, its Java. */
function changesOf(record: WorkloadRecord, sighting: Sighting, project: string): Change[] {
  const { entry, alive, stampNow } = sighting;
  const recorded = record.handle;
  if (!alive || recorded === null) return [];
  const { jar, classpath, home } = record.spec.java ?? {};
  const path: Pointer = classpath === undefined && jar !== undefined ? '/java/jar' : '/java/classpath';
  const code =
    leavesOf([jar ?? '', ...(classpath ?? [])]).length > 0 ? '' : [jar ?? [], classpath ?? []].flat(2).join(':');
  const changes: Change[] = [];
  const add = (where: Pointer, what: string, why: string) =>
    changes.push({ path: where, value: `${what} (${why})`.trimStart(), why });
  if (recorded['instance'] !== entry.instance || recorded['run'] !== entry.run)
    add(path, code, 'restarted by somebody else');
  const stamp = entry.spec.env?.[STAMP_VARIABLE];
  if (code !== '' && typeof stamp === 'string') {
    const { entries, faults } = classPathOf(record.spec.java ?? {}, project);
    const [fault] = faults;
    if (fault !== undefined) add(path, code, `${fault.reason} since it was started`);
    else if (stampOfClassPath(entries) !== stamp) add(path, code, 'changed on disk since it was started');
  }
  if (entry.binary !== null && stampNow !== entry.binary.stamp) {
    const why = stampNow === null ? 'its Java is gone since it was started' : 'its Java changed since it was started';
    add('/java/home', typeof home === 'string' ? home : (entry.spec.java?.home ?? ''), why);
  }
  return changes;
}
