import { baseEnvironment } from '../agent/environment.ts';
import type { Probe } from '../applier/contract.ts';
import { healthProbe } from '../health/probe.ts';
import type { Json } from '../model/json.ts';
import type { Health } from '../model/lifecycle.ts';
import type { Observed } from '../model/observed.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck } from '../model/spec.ts';
import { leavesOf } from '../model/template.ts';
import type { Kind } from '../model/workload.ts';
import type { Usage } from '../providers/contract.ts';
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
  /** The imperative command that brought it to how it is, and when (ISO 8601). */
  imperative?: { command: string; at: string };
}

/** Longest that a look at somebody's health may take, in ms. */
const LOOK_MS = 2000;
/** Looks at once: each may be a process. */
const LOOKS = 32;

/** The status of every recorded workload, or of those named, sorted by id. Changes nothing. Throws PJ6091 for an id that the state does not know. */
export async function statusRun(run: Run, ids: readonly string[]): Promise<WorkloadStatus[]> {
  const { snapshot, observed } = await previewBasis(run, true);
  const known = snapshot?.workloads ?? {};
  for (const id of ids) recordIn(snapshot, id);
  const records = Object.values(known)
    .filter((record) => ids.length === 0 || ids.includes(record.id))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const usage = await usageOf(run, records);
  const probe = healthProbe({ dir: run.dir, env: baseEnvironment(run.options.env ?? process.env) });
  const statuses: WorkloadStatus[] = [];
  const left = records.entries();
  const work = async (): Promise<void> => {
    for (const [index, record] of left) {
      const seen = observed.get(record.id);
      const health = await healthOf(run, record, seen, probe);
      statuses[index] = describe(record, seen, usage.get(record.id), health);
    }
  };
  await Promise.all(Array.from({ length: LOOKS }, work));
  return statuses;
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

/** Asks now, rather than telling what the last apply saw. A check that holds a sensitive value is not run again here. */
async function healthOf(run: Run, record: WorkloadRecord, seen: Observed | undefined, probe: Probe): Promise<Health> {
  if (!hasHealthCheck(record.spec)) return 'none';
  const running = seen === undefined ? record.state === 'RUNNING' : seen.status === 'running';
  if (!running) return shouldRun(record, seen) ? 'unhealthy' : 'none';
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
      return record.state === 'DEPLOYED' ? 'DEPLOYED' : 'STOPPED';
    case 'dead':
      return seen?.restarting === true ? 'RESTARTING' : 'FAILED';
    case 'gone':
      return 'GONE';
  }
}
