import { PjError } from '../errors.ts';
import { suggestion } from '../model/nearest.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck } from '../model/spec.ts';
import { leavesOf } from '../model/template.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/** Adopts what already runs as the workload `id`, which a descriptor must describe. Nothing is started or stopped. */
export async function importRun(run: Run, id: string, engineId: string, lockTimeout: number): Promise<WorkloadRecord> {
  const workload = run.loaded.workloads.find((one) => one.id === id);
  if (workload === undefined) {
    const known = run.loaded.workloads.map((one) => one.id);
    throw new PjError('PJ6093', { id, near: suggestion(id, known) });
  }
  const provider = await run.engines.provider(workload.provider);
  if (provider.adopt === undefined) throw new PjError('PJ6094', { id, kind: workload.kind });
  const session = await run.store.open({ operation: 'import', lockTimeout, emit: run.emit, signal: run.signal });
  let result = 'error';
  try {
    if (session.snapshot.workloads[id] !== undefined) throw new PjError('PJ6095', { id });
    const identity = { project: run.loaded.config.name, lineage: session.snapshot.lineage, id, generation: 1 };
    const known = leavesOf(workload.spec).length === 0 ? workload.spec : undefined;
    const { spec, made } = await provider.adopt({ identity, engineId, spec: known }, quietly(run.signal));
    const now = run.clock.now().toISOString();
    const record: WorkloadRecord = {
      id,
      kind: workload.kind,
      provider: workload.provider,
      generation: 1,
      spec,
      handle: made.handle,
      state: 'RUNNING',
      health: hasHealthCheck(workload.spec) ? 'starting' : 'none',
      completed: false,
      desiredState: 'running',
      dependencies: workload.dependencies.filter((one) => session.snapshot.workloads[one.id] !== undefined),
      lifecycle: workload.lifecycle,
      attributes: made.attributes,
      createdAt: now,
      updatedAt: now,
      imperative: { command: `pj import ${id} ${engineId}`, at: now },
    };
    await session.put(id, record);
    result = 'ok';
    return record;
  } finally {
    await session.audit({ operation: `import ${id}`, result });
    await session.close();
  }
}
