import { originOf } from '../applier/origin.ts';
import { type ResolveFrom, resolveSpec, templatesOf } from '../applier/resolve.ts';
import { PjError } from '../errors.ts';
import type { LifecycleState } from '../model/lifecycle.ts';
import type { Observed } from '../model/observed.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck } from '../model/spec.ts';
import type { DesiredState } from '../model/workload.ts';
import type { EngineSnapshot, Made, Provider, Snapshots, Target } from '../providers/contract.ts';
import { recover } from '../state/recovery.ts';
import type { LocalSession } from '../state/session.ts';
import { quietly } from './engines.ts';
import { recordIn, recoveryOf } from './find.ts';
import { type Note, withLock } from './locked.ts';
import type { ProjectSnapshots, RevertRequest, SnapshotRequest } from './project.ts';
import type { Run } from './run.ts';

/** How a run is opened and closed for one call. */
type Within = <T>(work: (run: Run) => Promise<T>) => Promise<T>;

/** Snapshots of virtual machines, as the commands have them. */
export function snapshotsOf(within: Within): ProjectSnapshots {
  return {
    create: (id, request = {}) => within((run) => createSnapshot(run, id, request)),
    list: (id) =>
      within(async (run) => {
        const { snapshot } = await run.store.load();
        const { snapshots, record } = await having(run, snapshot, id);
        return snapshots.list(recordedTarget(run, record, snapshot?.lineage ?? ''), quietly(run.signal));
      }),
    revert: (id, name, request = {}) => within((run) => revertTo(run, id, name, request)),
    delete: (id, name, { lockTimeout = 0 } = {}) =>
      within((run) =>
        settled(run, `snapshot delete ${id} ${name}`, lockTimeout, id, async ({ snapshots, target }) =>
          snapshots.delete(await target(), name, quietly(run.signal)),
        ),
      ),
  };
}

function createSnapshot(run: Run, id: string, request: SnapshotRequest): Promise<EngineSnapshot> {
  const { name = stampOf(run.clock.now()), memory = true, quiesce = false, description } = request;
  // What every engine can keep, and what no tool takes for an option, a path or (QEMU, of digits alone) the number of another snapshot.
  if (!/^(?!\d+$)[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) {
    const reason = `the name ${name} is none for a snapshot: letters, digits (not alone), dots, _ and - (not first), at most 63 of them`;
    throw new PjError('PJ5513', { id, reason });
  }
  return settled(run, `snapshot create ${id} ${name}`, request.lockTimeout ?? 0, id, async ({ snapshots, target }) => {
    const how = { name, memory, quiesce, ...(description === undefined ? {} : { description }) };
    return snapshots.create(await target(), how, quietly(run.signal));
  });
}

function revertTo(run: Run, id: string, name: string, request: RevertRequest): ReturnType<ProjectSnapshots['revert']> {
  const operation = `snapshot revert ${id} ${name}`;
  return settled(run, operation, request.lockTimeout ?? 0, id, async ({ session, note, ...on }) => {
    const target = await on.target();
    const all = await on.snapshots.list(target, quietly(run.signal));
    const wanted = all.find((one) => one.name === name);
    if (wanted === undefined) throw new PjError('PJ5511', { id, name });
    const later = all.filter((one) => one.createdAt > wanted.createdAt);
    if (request.approve !== undefined && !(await request.approve(wanted, later))) {
      note.result = 'declined';
      return { outcome: 'declined', snapshot: wanted };
    }
    const made = await on.snapshots.revert(target, name, quietly(run.signal));
    const [seen] = await on.provider.read([{ ...on.record, ...made }], quietly(run.signal));
    await session.put(id, reverted(run, on.record, made, seen, name));
    return { outcome: 'ok', snapshot: wanted, status: seen?.status ?? wanted.status };
  });
}

/** What a call works with once the state is locked and settled. */
interface On {
  session: LocalSession;
  note: Note;
  provider: Provider;
  record: WorkloadRecord;
  snapshots: Snapshots;
  /** With real values. */
  target(): Promise<Target>;
}

/** Locks the state, settles what a killed run left, and does `work` on one workload. */
async function settled<T>(
  run: Run,
  operation: string,
  lockTimeout: number,
  id: string,
  work: (on: On) => Promise<T>,
): Promise<T> {
  const { store, emit, signal } = run;
  // Nobody waits for the lock, and no state is begun, for what is not there.
  await having(run, (await store.load()).snapshot, id);
  return withLock({ store, operation, lockTimeout, emit, signal }, async (session, note) => {
    await recover(session, recoveryOf(run), emit);
    const had = await having(run, session.snapshot, id);
    const unsettled = session.pending.find((intent) => intent.step.workload === id);
    if (unsettled !== undefined) throw new PjError('PJ3052', { id, step: unsettled.step.id });
    return work({ session, note, ...had, target: () => resolvedTarget(run, had.record, session.snapshot) });
  });
}

/** Throws PJ6091 where it is not recorded, PJ6102 where its kind has no snapshots. */
async function having(
  run: Run,
  snapshot: Snapshot | undefined,
  id: string,
): Promise<Pick<On, 'provider' | 'record' | 'snapshots'>> {
  const record = recordIn(snapshot, id);
  const provider = await run.engines.provider(record.provider);
  if (provider.snapshots === undefined) throw new PjError('PJ6102', { id, kind: record.kind });
  return { provider, record, snapshots: provider.snapshots };
}

/** As it is recorded; sensitive leaves stay in it. */
function recordedTarget(run: Run, record: WorkloadRecord, lineage: string): Target {
  const { id, generation, handle, spec } = record;
  const identity = { project: run.loaded.config.name, lineage, id, generation };
  return { identity, handle, spec, stored: spec, specDigest: '' };
}

/** A machine whose disks are encrypted is given its passphrase again. Throws PJ4002, PJ4003 where a value is another by now, or cannot be had. */
async function resolvedTarget(run: Run, record: WorkloadRecord, { lineage, workloads }: Snapshot): Promise<Target> {
  await run.values.prepare(templatesOf(record.spec));
  const from: ResolveFrom = { values: run.values, workloads };
  const { spec, recorded, digest } = resolveSpec(record.id, record.spec, from, 'the state');
  const origin = originOf(recorded, run.values, from);
  return {
    ...recordedTarget(run, record, lineage),
    spec,
    stored: recorded,
    specDigest: digest,
    ...(origin === undefined ? {} : { origin }),
  };
}

const STATES: Record<Observed['status'], { state: LifecycleState; desiredState: DesiredState } | undefined> = {
  running: { state: 'RUNNING', desiredState: 'running' },
  paused: { state: 'PAUSED', desiredState: 'paused' },
  stopped: { state: 'STOPPED', desiredState: 'stopped' },
  completed: { state: 'STOPPED', desiredState: 'stopped' },
  dead: { state: 'FAILED', desiredState: 'running' },
  gone: undefined,
};

/** The record follows the machine: what it was at that moment it is again. */
function reverted(
  run: Run,
  record: WorkloadRecord,
  { handle, attributes }: Made,
  seen: Observed | undefined,
  name: string,
): WorkloadRecord {
  const at = run.clock.now().toISOString();
  const now = STATES[seen?.status ?? 'gone'];
  const checked = now?.state === 'RUNNING' && hasHealthCheck(record.spec);
  return {
    ...record,
    handle,
    attributes: { ...attributes, ...seen?.attributes },
    updatedAt: at,
    completed: seen?.status === 'completed',
    ...(now === undefined ? {} : { ...now, health: checked ? 'starting' : 'none' }),
    imperative: { command: `pj snapshot revert ${record.id} ${name}`, at },
  };
}

/** `20261128-175000`, UTC. */
const stampOf = (now: Date): string => now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
