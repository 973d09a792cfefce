import { PjError } from '../errors.ts';
import { suggestion } from '../model/nearest.ts';
import type { Step } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck } from '../model/spec.ts';
import { leavesOf } from '../model/template.ts';
import type { Workload } from '../model/workload.ts';
import type { Provider } from '../providers/contract.ts';
import type { StateSession } from '../state/contract.ts';
import { recover } from '../state/recovery.ts';
import { quietly } from './engines.ts';
import { recoveryOf } from './find.ts';
import { withLock } from './locked.ts';
import type { Run } from './run.ts';

/**
 * Adopts what already runs as the workload `id`, which a descriptor must describe. Nothing is started or stopped. It is journalled as a step of
 * its own: killed in the middle, the next run finds out whether the engine has taken it over.
 */
export async function importRun(run: Run, id: string, engineId: string, lockTimeout: number): Promise<WorkloadRecord> {
  const workload = run.loaded.workloads.find((one) => one.id === id);
  if (workload === undefined) {
    const known = run.loaded.workloads.map((one) => one.id);
    throw new PjError('PJ6093', { id, near: suggestion(id, known) });
  }
  const provider = await run.engines.provider(workload.provider);
  if (provider.adopt === undefined) throw new PjError('PJ6094', { id, kind: workload.kind });
  const { store, emit, signal } = run;
  return withLock({ store, operation: `import ${id}`, lockTimeout, emit, signal }, async (session) => {
    await recover(session, recoveryOf(run), emit);
    if (Object.hasOwn(session.snapshot.workloads, id)) throw new PjError('PJ6095', { id });
    const unsettled = session.pending.find((intent) => intent.step.workload === id);
    if (unsettled !== undefined) throw new PjError('PJ3052', { id, step: unsettled.step.id });
    return await adopt(run, session, provider, workload, engineId);
  });
}

async function adopt(
  run: Run,
  session: StateSession,
  provider: Provider,
  workload: Workload,
  engineId: string,
): Promise<WorkloadRecord> {
  const { id } = workload;
  const { lineage, workloads } = session.snapshot;
  const command = `pj import ${id} ${engineId}`;
  const now = run.clock.now().toISOString();
  const draft: WorkloadRecord = {
    id,
    kind: workload.kind,
    provider: workload.provider,
    generation: 1,
    // Until the engine has told what it runs with nothing is known of that.
    spec: {},
    handle: null,
    state: 'RUNNING',
    health: hasHealthCheck(workload.spec) ? 'starting' : 'none',
    completed: false,
    desiredState: 'running',
    dependencies: workload.dependencies.filter((one) => Object.hasOwn(workloads, one.id)),
    lifecycle: workload.lifecycle,
    attributes: {},
    createdAt: now,
    updatedAt: now,
    imperative: { command, at: now },
  };
  const step: Step = {
    id: `import ${id}`,
    workload: id,
    action: 'create',
    generation: 1,
    dependsOn: [],
    cause: { type: 'requested', by: command },
  };
  const identity = { project: run.loaded.config.name, lineage, id, generation: 1 };
  const known = leavesOf(workload.spec).length === 0 ? workload.spec : undefined;
  await session.intent({ step, before: null, after: draft });
  const adopted = await provider
    .adopt?.({ identity, engineId, spec: known }, quietly(run.signal))
    .catch(async (thrown: unknown) => {
      // Refused, so nothing was taken over. Of anything else that is not known: the open intent makes the next run ask.
      if (thrown instanceof PjError && ['PJ5305', 'PJ5413'].includes(thrown.code))
        await session.outcome(step, { ok: false, record: null });
      throw thrown;
    });
  if (adopted === undefined) throw new PjError('PJ6094', { id, kind: workload.kind });
  const { handle, attributes } = adopted.made;
  const record: WorkloadRecord = { ...draft, spec: adopted.spec, handle, attributes };
  await session.outcome(step, { ok: true, record });
  return record;
}
