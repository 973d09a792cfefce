import { logFiles } from '../../../agent/log-files.ts';
import { classPathOf, stampOfClassPath } from '../../../jvm/classpath.ts';
import type { AppPhase, AppState } from '../../../jvm/protocol.ts';
import type { Json, JsonObject, Pointer } from '../../../model/json.ts';
import type { Observed } from '../../../model/observed.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import { restartPolicy, type Spec } from '../../../model/spec.ts';
import { leavesOf } from '../../../model/template.ts';
import { describeExit } from '../../../os/process.ts';
import { isRestarting } from '../../agent/sighting.ts';
import type { Found, Made } from '../../contract.ts';
import { silence } from '../../jvm/observed.ts';
import { type Located, stampIn } from './workshop.ts';

type Status = Observed['status'];

const STATUS: Record<AppPhase, Status> = {
  deployed: 'stopped',
  starting: 'running',
  running: 'running',
  // Threads of it may still be at work.
  stopping: 'running',
  stopped: 'stopped',
  completed: 'completed',
  failed: 'dead',
  // A service that ended by itself is dead however it ended, until it runs again.
  backoff: 'dead',
};

/** What the state keeps of an application: where it is, which start of it, and from which class path. */
export function handleOf({ hostId, tenant, state }: Located): JsonObject {
  return {
    runtime: 'shared',
    host: hostId,
    instance: tenant?.entry.instance ?? state?.instance ?? null,
    run: state?.run ?? tenant?.entry.run ?? null,
    jars: stampIn(tenant),
  };
}

/** What others may refer to, and what `pj status` shows. `id`: where nobody keeps it. */
export function attributesOf(located: Located, spec: Spec, id: string, project: string): JsonObject {
  const { tenant, state, hostId } = located;
  const logs = tenant?.logs ?? logFiles(project, state?.id ?? id);
  const ports = spec.java?.ports;
  return {
    id: tenant?.entry.identity.id ?? id,
    address: '127.0.0.1',
    host: hostId,
    ...(ports === undefined ? {} : { ports: Object.fromEntries(ports.map((port) => [String(port), port])) }),
    ...(state?.startedAt == null ? {} : { startedAt: state.startedAt }),
    state: statusOf(located),
    logFiles: [logs.out, logs.err],
  };
}

/** What an action left behind. */
export const madeOf = (located: Located, spec: Spec, id: string, project: string): Made => ({
  handle: handleOf(located),
  attributes: attributesOf(located, spec, id, project),
});

/** What find gives. What the agent does not know of and a host has is left of a create or a destroy that was killed. */
export function foundOf(located: Located, id: string, project: string): Found | undefined {
  const { tenant, state } = located;
  if (tenant === undefined && state === undefined) return undefined;
  return {
    ...madeOf(located, tenant?.entry.spec ?? {}, id, project),
    status: statusOf(located),
    whole: tenant !== undefined && !tenant.entry.inside.dropping,
    specDigest: tenant?.entry.specDigest ?? state?.digest ?? '',
  };
}

/** What it is. Where its host says nothing of it, the intent decides. */
export function statusOf({ tenant, state, told }: Located): Status {
  if (state !== undefined) return STATUS[state.phase];
  // Who cannot be asked may run it still, though it was to be stopped.
  if (told instanceof Error) return tenant?.entry.run === null ? 'stopped' : 'running';
  if (tenant === undefined) return 'gone';
  if (tenant.entry.phase === 'completed') return 'completed';
  return tenant.entry.wanted === 'stopped' ? 'stopped' : 'dead';
}

/** One record as it is now. */
export function observedOf(record: WorkloadRecord, located: Located, project: string): Observed {
  const silent = located.state === undefined && located.told instanceof Error;
  const rests = silent && record.state === 'STOPPED' && located.tenant?.entry.wanted === 'stopped';
  const status = rests ? 'stopped' : statusOf(located);
  if (status === 'gone') return { id: record.id, status, fields: {}, attributes: {}, handle: null };
  const { state } = located;
  const changes = status === 'running' && state !== undefined ? changesOf(record, located, project) : [];
  const detail = [...detailsOf(record, located), ...changes.map(({ why }) => why)].join('; ');
  return {
    id: record.id,
    status,
    fields: {
      ...(state === undefined ? {} : limitsOf(record, state)),
      ...Object.fromEntries(changes.map(({ path, value }) => [path, value])),
    },
    attributes: attributesOf(located, record.spec, record.id, project),
    handle: handleOf(located),
    ...(state === undefined ? {} : { since: state.since, restarts: state.restarts }),
    ...(comesBack(located) ? { restarting: true } : {}),
    ...(detail === '' ? {} : { detail }),
  };
}

/** Down, while its host or the agent is about to start it again. */
function comesBack(located: Located): boolean {
  const { state, tenant, host } = located;
  if (statusOf(located) !== 'dead') return false;
  if (state !== undefined) return state.phase === 'backoff';
  const hostComes = host !== undefined && isRestarting(host);
  return tenant?.entry.wanted === 'running' && (tenant.returning || hostComes);
}

function detailsOf(record: WorkloadRecord, located: Located): string[] {
  const { state, tenant, told, host, hostId } = located;
  if (state === undefined) {
    if (told instanceof Error) return [`its JVM ${hostId}: ${silence(told)}`];
    if (statusOf(located) !== 'dead') return [];
    const where =
      host?.alive === true ? [] : [`its JVM ${hostId} ${host === undefined ? 'is not there' : 'does not run'}`];
    const why = tenant?.entry.reason == null ? [] : [tenant.entry.reason];
    if (comesBack(located)) return [...where, 'it is brought back with it'];
    return where.length + why.length > 0 ? [...where, ...why] : [`it is not in its JVM ${hostId}`];
  }
  const details: string[] = [];
  const { phase, lastExit, reason } = state;
  if (phase === 'stopping') details.push('is being stopped');
  else if ((phase === 'failed' || phase === 'backoff') && lastExit !== null)
    details.push(lastExit.error === null ? describeExit(lastExit.code, null) : firstLine(lastExit.error));
  if (reason !== null && reason !== lastExit?.error) details.push(reason);
  if (phase === 'backoff') {
    const { maxAttempts } = restartPolicy(record.spec);
    const of = maxAttempts > 0 ? ` of ${maxAttempts}` : '';
    details.push(`its JVM starts it again at ${state.nextStart ?? 'once'} (restart ${state.attempts}${of})`);
  }
  if (state.leaked > 0)
    details.push(state.leaked === 1 ? 'a loader of it leaked' : `${state.leaked} loaders of it leaked`);
  for (const { name, bytes, size } of state.volumes)
    if (bytes !== null && bytes > size) details.push(`volume ${name} holds ${mib(bytes)} of ${mib(size)}`);
  for (const text of state.notHeld) details.push(`not held: ${text}`);
  return details;
}

/** As the host says it in its log: below 100 MiB with one digit, where that is not 0. */
function mib(bytes: number): string {
  const value = bytes / 2 ** 20;
  return `${Number(value.toFixed(value < 100 ? 1 : 0))} MiB`;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text;

/** Limits as the kernel holds them: the wanted value itself where it holds that as near as it can. Of what it cannot hold nothing is told. */
function limitsOf({ spec }: WorkloadRecord, { held, notHeld }: AppState): Record<Pointer, Json> {
  const fields: Record<Pointer, Json> = {};
  for (const key of ['cpu', 'maxThreads'] as const) {
    const want: unknown = spec.resources?.[key];
    if (typeof want !== 'number' || notHeld.some((text) => text.startsWith(`${key}:`))) continue;
    const now = held[key];
    fields[`/resources/${key}`] = now !== null && Math.abs(now - want) <= want / 100 ? want : now;
  }
  return fields;
}

interface Change {
  path: Pointer;
  value: Json;
  why: string;
}

/** What somebody else did to it since it was recorded: to the application, or to its class path. */
function changesOf(record: WorkloadRecord, located: Located, project: string): Change[] {
  const recorded = record.handle;
  if (recorded === null) return [];
  const { jar, classpath } = record.spec.java ?? {};
  const path: Pointer = classpath === undefined && jar !== undefined ? '/java/jar' : '/java/classpath';
  const known = leavesOf([jar ?? '', ...(classpath ?? [])]).length === 0;
  const code = known ? [jar ?? [], classpath ?? []].flat(2).join(':') : '';
  const changes: Change[] = [];
  const add = (why: string) => changes.push({ path, value: `${code} (${why})`.trimStart(), why });
  const now = handleOf(located);
  if (recorded['instance'] !== now['instance'] || recorded['run'] !== now['run']) add('restarted by somebody else');
  const stamp = stampIn(located.tenant);
  if (code === '' || stamp === null) return changes;
  const { entries, faults } = classPathOf(record.spec.java ?? {}, project);
  if (faults[0] !== undefined) add(`${faults[0].reason} since it was started`);
  else if (stampOfClassPath(entries) !== stamp) add('changed on disk since it was started');
  return changes;
}
