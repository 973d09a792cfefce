import { baseEnvironment } from '../agent/environment.ts';
import type { Probe } from '../applier/contract.ts';
import { healthProbe } from '../health/probe.ts';
import type { Health } from '../model/lifecycle.ts';
import type { Observed } from '../model/observed.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck } from '../model/spec.ts';
import { leavesOf } from '../model/template.ts';
import type { Kind } from '../model/workload.ts';
import type { Usage } from '../providers/contract.ts';
import { previewBasis } from './basis.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/** One workload, as it is now. */
export interface WorkloadStatus {
  id: string;
  kind: Kind;
  /** The lifecycle state as observed; `GONE` where the engine has nothing, `UNTRACKED`-free: only what the state knows is listed. */
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
}

/** Longest that a look at somebody's health may take, in ms. */
const LOOK_MS = 2000;

/** The status of every recorded workload, or of those named. Changes nothing. */
export async function statusRun(run: Run, ids: readonly string[]): Promise<WorkloadStatus[]> {
  const { snapshot, observed } = await previewBasis(run, true);
  const records = Object.values(snapshot?.workloads ?? {})
    .filter((record) => ids.length === 0 || ids.includes(record.id))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const usage = await usageOf(run, records);
  const probe = healthProbe({ dir: run.dir, env: baseEnvironment(run.options.env ?? process.env) });
  return Promise.all(
    records.map(async (record) => {
      const seen = observed.get(record.id);
      return describe(record, seen, usage.get(record.id), await healthOf(record, seen, probe, run.signal));
    }),
  );
}

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
async function healthOf(
  record: WorkloadRecord,
  seen: Observed | undefined,
  probe: Probe,
  signal: AbortSignal,
): Promise<Health> {
  const running = seen === undefined ? record.state === 'RUNNING' : seen.status === 'running';
  if (!hasHealthCheck(record.spec)) return 'none';
  if (!running) return 'unhealthy';
  const type = record.spec.healthCheck?.type;
  if (
    type === 'log' ||
    leavesOf(record.spec.healthCheck).length > 0 ||
    (type === 'exec' && leavesOf(record.spec).length > 0)
  ) {
    return record.health;
  }
  const attributes = { ...record.attributes, ...seen?.attributes };
  const verdict = await probe(
    { id: record.id, spec: record.spec, attributes, logFiles: [] },
    AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]),
  );
  return verdict.healthy ? 'healthy' : 'unhealthy';
}

function describe(
  record: WorkloadRecord,
  seen: Observed | undefined,
  usage: Usage | undefined,
  health: Health,
): WorkloadStatus {
  const attributes = { ...record.attributes, ...seen?.attributes };
  const { address, pid } = attributes;
  const since = seen?.since ?? record.updatedAt;
  return {
    id: record.id,
    kind: record.kind,
    state: stateOf(record, seen),
    health,
    since,
    ...(seen?.detail === undefined ? {} : { detail: seen.detail }),
    ...(typeof address === 'string' ? { address } : {}),
    ...(typeof pid === 'number' ? { pid } : {}),
    ...(seen?.restarts === undefined ? {} : { restarts: seen.restarts }),
    ...(usage?.cpu === undefined ? {} : { cpu: usage.cpu }),
    ...(usage?.memory === undefined ? {} : { memory: usage.memory }),
    ...(record.lastError === undefined ? {} : { lastError: record.lastError.message }),
  };
}

/** What people call it: the engine's word where it has one, else what is recorded. */
function stateOf(record: WorkloadRecord, seen: Observed | undefined): string {
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
      return 'FAILED';
    case 'gone':
      return 'GONE';
  }
}
