import { baseEnvironment } from '../agent/environment.ts';
import type { Probe } from '../applier/contract.ts';
import { healthProbe } from '../health/probe.ts';
import type { AwakeWorkload, QuotaStatus } from '../model/awake.ts';
import type { Json } from '../model/json.ts';
import type { Health } from '../model/lifecycle.ts';
import type { Observed } from '../model/observed.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck } from '../model/spec.ts';
import { leavesOf } from '../model/template.ts';
import type { Kind } from '../model/workload.ts';
import type { Usage } from '../providers/contract.ts';
import { VERSION } from '../version.ts';
import { type Asked, askAwake } from './awake-status.ts';
import { previewBasis } from './basis.ts';
import { quietly } from './engines.ts';
import { recordIn } from './find.ts';
import type { Run } from './run.ts';

/** One workload, as it is now. */
export interface WorkloadStatus {
  id: string;
  kind: Kind;
  /**
   * What the engine says, else the recorded lifecycle state. Beside those of the lifecycle: `GONE` (the engine has nothing of it), `COMPLETED` (a
   * job that ran to its end), `RESTARTING` (down, and its supervisor starts it again).
   */
  state: string;
  health: Health;
  /** ISO 8601. */
  since?: string;
  detail?: string;
  address?: string;
  pid?: number;
  restarts?: number;
  /** Cores. */
  cpu?: number;
  /** Bytes. */
  memory?: number;
  lastError?: string;
  /** Why the agent holds it for unhealthy. */
  healthReason?: string;
  /** Its health, or its being up, changes again and again. */
  flapping?: boolean;
  /** How its enforced resources stand, as the agent knows. */
  quotas?: QuotaStatus[];
  /** It has quotas that are to be enforced: whether an agent watches them; absent too where that is not known, as it does not answer. */
  quotasWatched?: boolean;
  /** Why they are not watched, or why that is not known. For people. */
  unwatchedReason?: string;
  /** The imperative command that brought it to how it is, and when (ISO 8601). */
  imperative?: { command: string; at: string };
}

/** Longest that a look at somebody's health may take, in ms. */
const LOOK_MS = 2000;
/** Looks at once: each may be a process. */
const LOOKS = 32;

/** The status of every recorded workload, or of those named, sorted by id. Changes nothing. Throws PJ6091 for an id that the state does not know. */
export async function statusRun(run: Run, ids: readonly string[]): Promise<WorkloadStatus[]> {
  // The agent is asked meanwhile.
  const asked = askAwake({ project: run.dir, env: run.options.env ?? process.env, version: VERSION });
  const { snapshot, observed } = await previewBasis(run, true);
  const recorded = snapshot?.workloads ?? {};
  for (const id of ids) recordIn(snapshot, id);
  const records = Object.values(recorded)
    .filter((record) => ids.length === 0 || ids.includes(record.id))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const usage = await usageOf(run, records);
  const probe = healthProbe({ dir: run.dir, env: baseEnvironment(run.options.env ?? process.env) });
  const answer = await asked;
  const known = new Map(answer.told?.workloads.map((one) => [one.id, one]));
  const statuses: WorkloadStatus[] = [];
  const left = records.entries();
  const work = async (): Promise<void> => {
    for (const [index, record] of left) {
      const seen = observed.get(record.id);
      const watched = known.get(record.id);
      const health = await healthOf(run, record, seen, probe, watched);
      const status = describe(record, seen, usage.get(record.id), health);
      statuses[index] = { ...status, ...watchedOf(record, health, answer, watched) };
    }
  };
  await Promise.all(Array.from({ length: LOOKS }, work));
  return statuses;
}

/** What the agent knows of it. */
function watchedOf(
  { spec }: WorkloadRecord,
  health: Health,
  answer: Asked,
  watched: AwakeWorkload | undefined,
): Partial<WorkloadStatus> {
  const { healthReason, flapping, quotas } = watched ?? {};
  return {
    ...(health === 'unhealthy' && healthReason !== undefined ? { healthReason } : {}),
    ...(flapping === true ? { flapping } : {}),
    ...(quotas === undefined || quotas.length === 0 ? {} : { quotas }),
    ...(spec.resources?.enforcement === undefined ? {} : quotasWatched(answer)),
  };
}

function quotasWatched(answer: Asked): Partial<WorkloadStatus> {
  if (answer.told !== undefined) return { quotasWatched: true };
  const { why, watching } = answer;
  return { ...(watching === undefined ? {} : { quotasWatched: watching }), unwatchedReason: why };
}

/** What each uses now, by id; those are missing whose provider cannot tell. */
async function usageOf(run: Run, records: WorkloadRecord[]): Promise<Map<string, Usage>> {
  const all = new Map<string, Usage>();
  for (const name of new Set(records.map((record) => record.provider))) {
    const provider = await run.engines.provider(name);
    const own = records.filter((record) => record.provider === name);
    for (const usage of (await provider.sample?.(own, quietly(run.signal))) ?? []) all.set(usage.id, usage);
  }
  return all;
}

/** What the agent that watches it says; else asks now, rather than telling what the last apply saw. A check that holds a sensitive value is not run again here. */
async function healthOf(
  run: Run,
  record: WorkloadRecord,
  seen: Observed | undefined,
  probe: Probe,
  watched: AwakeWorkload | undefined,
): Promise<Health> {
  if (!hasHealthCheck(record.spec)) return 'none';
  const running = seen === undefined ? record.state === 'RUNNING' : seen.status === 'running';
  if (!running) return shouldRun(record, seen) ? 'unhealthy' : 'none';
  // The agent probes it all the time, with its sensitive values too.
  if (watched?.health !== undefined && watched.health !== 'none') return watched.health;
  const signal = AbortSignal.any([run.signal, AbortSignal.timeout(LOOK_MS)]);
  const provider = await run.engines.provider(record.provider);
  const attributes = { ...record.attributes, ...seen?.attributes };
  const told = await provider.health?.({ ...record, attributes }, record.spec, quietly(signal));
  if (told !== undefined) return told.healthy ? 'healthy' : 'unhealthy';
  const { healthCheck, external } = record.spec;
  const needed = healthCheck?.type === 'exec' ? record.spec : [healthCheck, external];
  // A log tells of the start alone, which may be long ago.
  if (healthCheck?.type === 'log' || leavesOf(needed as Json).length > 0) return record.health;
  const verdict = await probe({ id: record.id, spec: record.spec, attributes, logFiles: [] }, signal);
  return verdict.healthy ? 'healthy' : 'unhealthy';
}

/** What was stopped on purpose, or has done its work, is not ill. */
function shouldRun(record: WorkloadRecord, seen: Observed | undefined): boolean {
  return record.desiredState === 'running' && !record.completed && seen?.status !== 'completed';
}

function describe(
  record: WorkloadRecord,
  seen: Observed | undefined,
  usage: Usage | undefined,
  health: Health,
): WorkloadStatus {
  const { address } = { ...record.attributes, ...seen?.attributes };
  // The pid that was recorded may be somebody else's by now.
  const pid = seen?.attributes['pid'];
  // Nobody saw when it went: what is recorded is when it came.
  const unseen = seen?.status === 'dead' || seen?.status === 'gone';
  const since = seen?.since ?? (unseen ? undefined : record.updatedAt);
  return {
    id: record.id,
    kind: record.kind,
    state: stateOf(record, seen),
    health,
    ...(since === undefined ? {} : { since }),
    ...(seen?.detail === undefined ? {} : { detail: seen.detail }),
    ...(typeof address === 'string' ? { address } : {}),
    ...(typeof pid === 'number' ? { pid } : {}),
    ...(seen?.restarts === undefined ? {} : { restarts: seen.restarts }),
    ...(usage?.cpu === undefined ? {} : { cpu: usage.cpu }),
    ...(usage?.memory === undefined ? {} : { memory: usage.memory }),
    ...(record.lastError === undefined ? {} : { lastError: record.lastError.message }),
    ...(record.imperative === undefined ? {} : { imperative: record.imperative }),
  };
}

/** What people call it, as WorkloadStatus says. */
export function stateOf(record: WorkloadRecord, seen: Observed | undefined): string {
  switch (seen?.status) {
    case undefined:
      return record.state;
    case 'running':
      return 'RUNNING';
    case 'paused':
      return 'PAUSED';
    case 'completed':
      return 'COMPLETED';
    case 'stopped':
      // Not by anybody's wish: its start failed, or the agent has killed it.
      return record.state === 'DEPLOYED' || record.state === 'FAILED' ? record.state : 'STOPPED';
    case 'dead':
      return seen?.restarting === true ? 'RESTARTING' : 'FAILED';
    case 'gone':
      return 'GONE';
  }
}
