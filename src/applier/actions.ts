import { PjError } from '../errors.ts';
import type { JsonObject, Pointer } from '../model/json.ts';
import type { Step, StepAction } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { type Spec, stopPolicy } from '../model/spec.ts';
import { crashPoint } from '../os/crash-point.ts';
import type { CallContext, Made, Provider, Target } from '../providers/contract.ts';
import type { Limit } from './calls.ts';
import { originOf } from './origin.ts';
import type { Resolved } from './resolve.ts';
import { type Run, recordOf, resolveFrom, type Wish } from './run.ts';

/** One instance and the provider that has it. */
export interface Instance {
  provider: string;
  target: Target;
}

/** The instance that a step acts on: the current one, a deposed one, or one that is about to be made. */
export function instanceOf(run: Run, step: Step, wish: Wish, resolved: Resolved | undefined): Instance {
  const record = recordOf(run, step.workload);
  const known = record?.generation === step.generation ? record : deposedOf(record, step.generation);
  const applies = step.action === 'create' || step.action === 'start' || step.action === 'update';
  const provider =
    (applies ? wish.want?.provider : undefined) ??
    known?.provider ??
    wish.want?.provider ??
    record?.provider ??
    run.changes.get(step.workload)?.provider;
  if (provider === undefined) throw new PjError('PJ4011', { workload: step.workload, action: step.action });
  const stored: Spec = resolved?.recorded ?? known?.spec ?? wish.want?.spec ?? {};
  const { plan, session } = run.input;
  const killed = step.action === 'stop' && run.input.kill?.has(step.workload) === true;
  const origin = resolved === undefined ? undefined : originOf(resolved.recorded, run.input.values, resolveFrom(run));
  return {
    provider,
    target: {
      identity: {
        project: plan.project,
        lineage: session.snapshot.lineage,
        id: step.workload,
        generation: step.generation,
      },
      handle: known?.handle ?? null,
      spec: killed ? { ...stored, stop: { ...stored.stop, gracePeriod: 0 } } : (resolved?.spec ?? stored),
      stored,
      specDigest: resolved?.digest ?? '',
      ...(killed ? { atOnce: true } : {}),
      after: (wish.want ?? record)?.dependencies.map(({ id }) => id) ?? [],
      ...(origin === undefined ? {} : { origin }),
    },
  };
}

function deposedOf(
  record: WorkloadRecord | undefined,
  generation: number,
): { provider: string; spec: Spec; handle: JsonObject | null } | undefined {
  return record?.deposed?.find((one) => one.generation === generation);
}

/** Does the step's action on the engine. Undefined: the action leaves nothing new to record. */
export async function act(
  run: Run,
  step: Step,
  instance: Instance,
  paths: readonly Pointer[],
): Promise<Made | undefined> {
  const provider = await run.input.provider(instance.provider);
  crashPoint(`before ${step.id}`);
  const made = await run.calls.call(step, limitOf(step.action, instance.target.spec), (context) =>
    callProvider(provider, step, instance.target, paths, context),
  );
  crashPoint(`after ${step.id}`);
  return made;
}

async function callProvider(
  provider: Provider,
  step: Step,
  target: Target,
  paths: readonly Pointer[],
  context: CallContext,
): Promise<Made | undefined> {
  switch (step.action) {
    case 'create':
      return await provider.create(target, context);
    case 'start':
      return await provider.start(target, context);
    case 'update':
      return await provider.update(target, [...paths], context);
    case 'stop':
      return void (await provider.stop(target, context));
    case 'destroy': {
      // Only where the plan said so of this very step: an old instance beside a new one shares its volumes with it.
      const destroyVolumes = (step.dataLoss?.length ?? 0) > 0;
      return void (await provider.destroy(target, { destroyVolumes }, context));
    }
    case 'pause':
    case 'resume': {
      const action = provider[step.action];
      if (action === undefined) {
        throw new PjError('PJ4009', { provider: provider.name, action: step.action, workload: step.workload });
      }
      return void (await action.call(provider, target, context));
    }
    case 'forget':
      return void (await provider.release?.(target, context));
    case 'wait':
      return undefined;
    default:
      return step.action satisfies never;
  }
}

/** Seconds that an action may take beyond what its workload says of itself. Generous: they only end what hangs. */
const SECONDS: Record<StepAction, number> = {
  create: 900,
  start: 180,
  // A machine may have to be migrated.
  update: 900,
  stop: 30,
  destroy: 180,
  pause: 60,
  resume: 60,
  wait: 30,
  forget: 30,
};

/** The deadline of an action; stopping takes its grace period and a margin. */
export function limitOf(action: StepAction, spec: Spec): Limit {
  const stops = action === 'stop' || action === 'destroy' || action === 'update';
  return { action, ms: (SECONDS[action] + (stops ? stopPolicy(spec).gracePeriod : 0)) * 1000 };
}
