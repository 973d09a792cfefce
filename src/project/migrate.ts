import { PjError } from '../errors.ts';
import type { Plan } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import { planMigration } from '../planner/migration.ts';
import { applyRun } from './apply.ts';
import { quietly } from './engines.ts';
import { recordIn } from './find.ts';
import type { Applied } from './options.ts';
import { type Basis, plannerInput, planOptions } from './plan.ts';
import type { MigrateRequest } from './project.ts';
import type { Run } from './run.ts';

/** Moves a virtual machine to another host while it runs, as a plan of one live step that is journalled like any other. */
export async function migrateRun(run: Run, id: string, to: string, request: MigrateRequest): Promise<Applied> {
  recordIn((await run.store.load()).snapshot, id);
  return applyRun(run, request, `migrate ${id} --to ${to}`, async (_, basis) => {
    const record = recordIn(basis.snapshot, id);
    refuse(record, basis, to);
    const spec = movedTo(record.spec, to);
    await refuseFound(run, record, spec, basis, to);
    const input = await plannerInput(run, basis, { ...planOptions({}), mode: 'imperative' });
    const plan = planMigration(input, id, spec);
    refuseMore(plan, id, to);
    run.emit({ type: 'plan_complete', plan });
    return plan;
  });
}

/** The same machine there. `host` stands instead of `uri`. */
function movedTo(spec: Spec, to: string): Spec {
  const { uri: _, ...vm } = spec.vm ?? {};
  return { ...spec, vm: { ...vm, host: to } };
}

/** Throws PJ5514 for what is no virtual machine, does not run, or is there already; PJ5502 where its runtime cannot migrate. */
function refuse(record: WorkloadRecord, { observed }: Basis, to: string): void {
  const { id, kind, handle, spec } = record;
  const no = (reason: string): never => {
    throw new PjError('PJ5514', { id, to, reason });
  };
  if (kind !== 'vm') no(`it is ${kind}, and only virtual machines are migrated`);
  if (handle?.['runtime'] === 'qemu') throw new PjError('PJ5502', { id, runtime: 'qemu', action: 'migrate' });
  const status = observed.get(id)?.status ?? 'running';
  if (status !== 'running') no(`it is ${status}, and only what runs is migrated`);
  if (to === (handle?.['uri'] ?? spec.vm?.host ?? spec.vm?.uri)) no('it is there already');
}

/** What the provider sees that forbids it. Throws PJ5514 with all of it. */
async function refuseFound(run: Run, record: WorkloadRecord, spec: Spec, basis: Basis, to: string): Promise<void> {
  const { id, kind, dependencies, desiredState, lifecycle } = record;
  const provider = await run.engines.provider(record.provider);
  const wanted = { id, kind, provider: record.provider, dependencies, desiredState, lifecycle, spec };
  const found = await provider.check([wanted], quietly(run.signal), basis.snapshot ?? null);
  const errors = (found.get(id) ?? []).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const advice = errors.flatMap(({ hint }) => hint ?? []).join(' ');
  const reason = errors.map(({ message }) => message).join('; ');
  throw new PjError('PJ5514', { id, to, reason }, advice === '' ? {} : { advice });
}

/** Throws PJ5514 where it would take more than the one step: whoever migrates wants it to run on. */
function refuseMore(plan: Plan, id: string, to: string): void {
  const change = plan.changes.find((one) => one.id === id);
  if (!plan.steps.some(({ action }) => action !== 'update' && action !== 'wait')) return;
  const reasons = (change?.differences ?? []).filter(({ updateClass }) => updateClass !== 'live');
  const reason = reasons.map(({ path, reason: why }) => `${path}: ${why}`).join('; ');
  throw new PjError('PJ5514', { id, to, reason: reason || 'it would have to be stopped' });
}
