import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '../../src/model/event.ts';
import type { Step, StepAction } from '../../src/model/plan.ts';
import type { WorkloadRecord } from '../../src/model/record.ts';
import { DEFAULT_LIFECYCLE, type Dependency } from '../../src/model/workload.ts';
import { type LocalStoreOptions, localStore } from '../../src/state/local.ts';
import type { LocalSession } from '../../src/state/session.ts';

/** A record that breaks no invariant. */
export function record(id: string, changes: Partial<WorkloadRecord> = {}): WorkloadRecord {
  return {
    id,
    kind: 'native',
    provider: 'native',
    generation: 1,
    spec: { native: { command: 'node', args: ['server.js'] }, env: { PORT: '8080' } },
    handle: { pid: 4711, startTime: '12345' },
    state: 'DEPLOYED',
    health: 'none',
    completed: false,
    desiredState: 'running',
    dependencies: [],
    lifecycle: DEFAULT_LIFECYCLE,
    attributes: { address: '127.0.0.1' },
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}

export function on(id: string, changes: Partial<Dependency> = {}): Dependency {
  return { id, condition: 'started', optional: false, restart: false, source: 'declared', ...changes };
}

export function step(action: StepAction, workload: string, generation = 1): Step {
  const id = generation === 1 ? `${action} ${workload}` : `${action} ${workload}@${generation}`;
  return { id, workload, action, generation, dependsOn: [], cause: { type: 'configured' } };
}

/** A project folder of its own, removed by `clean`. */
export async function project(): Promise<{ dir: string; clean: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'pj-state-'));
  return { dir, clean: () => rm(dir, { recursive: true, force: true }) };
}

/** A store on it that collects the events of its sessions. */
export function store(dir: string, options: Partial<LocalStoreOptions> = {}) {
  const events: Event[] = [];
  const local = localStore({ dir, pjVersion: '0.1.0', ...options });
  const open = (more: { lockTimeout?: number; signal?: AbortSignal; operation?: string } = {}): Promise<LocalSession> =>
    local.open({
      operation: more.operation ?? 'apply',
      lockTimeout: more.lockTimeout ?? 0,
      emit: (event) => events.push(event),
      signal: more.signal ?? new AbortController().signal,
    });
  return { ...local, events, session: open };
}

/** Opens, puts these records, closes. */
export async function seed(dir: string, ...records: WorkloadRecord[]): Promise<void> {
  const session = await store(dir).session();
  for (const one of records) await session.put(one.id, one);
  await session.close();
}
