import type { Event } from '../model/event.ts';
import type { StepAction } from '../model/plan.ts';
import type { Kind } from '../model/workload.ts';
import { address, resourceName, resourceType } from './address.ts';
import type { Hook, UiBody, UiResource } from './event-line-types.ts';

type StepEvent = Extract<Event, { step: { id: string } }>;

/** What a line says of one step. */
export function stepBody(event: StepEvent, resource: UiResource): UiBody {
  const { step } = event;
  const action = hookAction(step.action);
  const pj = { step: step.id, action: step.action, generation: step.generation };
  const hook = { resource, action };
  const seconds = (ms: number) => Math.floor(ms / 1000);
  switch (event.type) {
    case 'step_start':
      return { type: 'apply_start', hook, pj };
    case 'step_progress':
      return {
        type: 'apply_progress',
        hook: { ...hook, elapsed_seconds: seconds(event.elapsedMs) },
        pj: { ...pj, message: event.message },
      };
    case 'step_complete':
      return {
        type: 'apply_complete',
        hook: {
          ...hook,
          ...(event.engineId !== undefined && { id_key: 'id', id_value: event.engineId }),
          elapsed_seconds: seconds(event.elapsedMs),
        },
        pj: { ...pj, elapsed_ms: Math.round(event.elapsedMs) },
      };
    case 'step_errored':
      return {
        type: 'apply_errored',
        hook: { ...hook, elapsed_seconds: seconds(event.elapsedMs) },
        pj: { ...pj, elapsed_ms: Math.round(event.elapsedMs), code: event.code, message: event.message },
      };
    case 'step_skipped':
      return { type: 'apply_skipped', hook, pj: { ...pj, because: event.because, reason: event.reason } };
  }
}

/** The stream's word for a step: whatever leaves the instance in place is an update. */
function hookAction(action: StepAction): Hook['action'] {
  if (action === 'create') return 'create';
  if (action === 'destroy') return 'delete';
  return action === 'forget' ? 'remove' : 'update';
}

/** A workload as the stream names it; of an unknown kind only its id. */
export function uiResource(id: string, kind: Kind | undefined): UiResource {
  const type = kind === undefined ? '' : resourceType(kind);
  const name = resourceName(id);
  const addr = kind === undefined ? id : address(kind, id);
  return {
    addr,
    module: '',
    resource: addr,
    implied_provider: 'pj',
    resource_type: type,
    resource_name: name,
    resource_key: null,
    id,
  };
}
