import { isBelow, isObject, type Json, type JsonObject, type Pointer, segments } from '../model/json.ts';
import type { Drift, WorkloadChange } from '../model/plan.ts';
import { address, providerName, resourceName, resourceType } from './address.ts';
import { withValues } from './overlay.ts';
import type {
  ActionReason,
  Actions,
  ChangeJson,
  ChangePj,
  DifferenceJson,
  ResourceChangeJson,
  ResourceDriftJson,
} from './plan-json-types.ts';
import { fingerprints, split } from './split-value.ts';

/** Terraform's word for what happens: everything that leaves the instance in place is an update. */
function actionsOf(change: Pick<WorkloadChange, 'action'>): Actions {
  switch (change.action) {
    case 'no-op':
      return ['no-op'];
    case 'create':
      return ['create'];
    case 'replace':
      return ['delete', 'create'];
    case 'create-before-destroy':
      return ['create', 'delete'];
    case 'delete':
      return ['delete'];
    case 'forget':
      return ['forget'];
    case 'update':
    case 'restart':
    case 'start':
    case 'stop':
    case 'pause':
    case 'resume':
    case 'wait':
      return ['update'];
  }
}

/** One workload's change as programs read it. Pure; costs what the workload's spec is long. */
export function changeJson(change: WorkloadChange): ResourceChangeJson {
  const actions = actionsOf(change);
  const before = actions[0] === 'create' && actions.length === 1 ? null : withId(change.id, reality(change));
  const after = actions[0] === 'delete' && actions.length === 1 ? null : afterOf(change, actions);
  const sides = sidesOf(actions, before, after);
  const replaces = actions.length === 2 && change.forcedBy.length > 0;
  const replacePaths = replaces ? change.forcedBy.map((path) => replacePath(path, before, after)) : undefined;
  const reason = actionReason(change);
  const prints = fingerprints(before, after);
  return {
    address: address(change.kind, change.id),
    ...(change.previousId !== undefined && { previous_address: address(change.kind, change.previousId) }),
    mode: 'managed',
    type: resourceType(change.kind),
    name: resourceName(change.id),
    provider_name: providerName(change.provider),
    change: { ...sides, ...(replacePaths !== undefined && { replace_paths: replacePaths }) },
    ...(reason !== undefined && { action_reason: reason }),
    pj: changePj(change, prints),
  };
}

/** One drift as programs read it: before is what pj applied last, after is reality. */
export function driftJson(drift: Drift): ResourceDriftJson {
  const before = withId(drift.id, drift.before) ?? { id: drift.id };
  const after =
    drift.what === 'gone'
      ? null
      : withValues(
          before,
          drift.differences.map((d) => ({ path: d.path, value: d.after })),
        );
  const prints = fingerprints(before, after);
  return {
    address: address(drift.kind, drift.id),
    mode: 'managed',
    type: resourceType(drift.kind),
    name: resourceName(drift.id),
    provider_name: providerName(drift.kind),
    change: sidesOf(drift.what === 'gone' ? ['delete'] : ['update'], before, after),
    pj: {
      id: drift.id,
      kind: drift.kind,
      what: drift.what,
      paths: drift.differences.map((d) => d.path),
      ...(drift.since !== undefined && { since: drift.since }),
      ...(drift.detail !== undefined && { detail: drift.detail }),
      ...(prints !== undefined && { fingerprints: prints }),
    },
  };
}

/** A spec with its id, or null. */
export function withId(id: string, spec: JsonObject | null): JsonObject | null {
  return spec === null ? null : { id, ...spec };
}

/** What is there now: as last applied, with what was found to differ laid over it. */
function reality(change: WorkloadChange): JsonObject | null {
  if (change.before === null) return null;
  const moved = change.differences.filter((d) => d.observed !== undefined);
  return withValues(change.before, [
    ...kept(change, 'before'),
    ...moved.map((d) => ({ path: d.path, value: d.observed })),
  ]);
}

/** One side of what differs in that which pj itself keeps of a workload and no spec holds; a `false` that comes or goes says nothing. */
function kept(change: WorkloadChange, side: 'before' | 'after'): { path: Pointer; value: Json | undefined }[] {
  return change.differences.flatMap(({ path, before, after }) => {
    if (!isBelow(path, '/dependencies') && !isBelow(path, '/lifecycle')) return [];
    if ((before ?? false) === (after ?? false)) return [];
    const value = side === 'before' ? before : after;
    return value === undefined ? [] : [{ path, value }];
  });
}

function afterOf(change: WorkloadChange, actions: Actions): JsonObject | null {
  if (actions[0] === 'forget') return null;
  // A start or a stop may come without a spec of its own: the workload stays what it is.
  const after = change.after ?? (actions[0] === 'update' ? change.before : null);
  return withId(change.id, after === null ? null : withValues(after, kept(change, 'after')));
}

function sidesOf(actions: Actions, before: JsonObject | null, after: JsonObject | null): ChangeJson {
  const b = before === null ? undefined : split(before);
  const a = after === null ? undefined : split(after);
  return {
    actions,
    before: b !== undefined && isObject(b.value) ? b.value : null,
    after: a !== undefined && isObject(a.value) ? a.value : null,
    after_unknown: a === undefined || a.unknown === false ? {} : a.unknown,
    before_sensitive: b === undefined ? false : b.sensitive === false ? {} : b.sensitive,
    after_sensitive: a === undefined ? false : a.sensitive === false ? {} : a.sensitive,
  };
}

/** A pointer as Terraform writes paths: list indices are numbers, map keys stay strings even where they look like numbers. */
function replacePath(path: Pointer, before: JsonObject | null, after: JsonObject | null): (string | number)[] {
  let sides: unknown[] = [before, after];
  return segments(path).map((key) => {
    const inList = sides.some(Array.isArray);
    sides = sides.map((side) => {
      if (Array.isArray(side)) return side[Number(key)];
      return isObject(side) && Object.hasOwn(side, key) ? side[key] : undefined;
    });
    return inList && /^\d+$/.test(key) ? Number(key) : key;
  });
}

function actionReason(change: WorkloadChange): ActionReason | undefined {
  const [cause] = change.causes;
  if (change.action === 'delete') return cause?.type === 'removed' ? 'delete_because_no_resource_config' : undefined;
  if (change.action !== 'replace' && change.action !== 'create-before-destroy') return undefined;
  if (cause?.type === 'requested') return 'replace_by_request';
  if (cause?.type === 'failed' || cause?.type === 'interrupted') return 'replace_because_tainted';
  if (cause?.type === 'dependency' && change.forcedBy.length === 0) return 'replace_by_triggers';
  return 'replace_because_cannot_update';
}

function changePj(change: WorkloadChange, prints: ChangePj['fingerprints']): ChangePj {
  return {
    id: change.id,
    kind: change.kind,
    provider: change.provider,
    action: change.action,
    causes: change.causes,
    differences: change.differences.map((d): DifferenceJson => {
      const applied = d.observed === undefined || d.before === undefined ? undefined : split(d.before).value;
      return {
        path: d.path,
        cause: d.cause,
        update_class: d.updateClass,
        reason: d.reason,
        ...(applied !== undefined && { last_applied: applied }),
      };
    }),
    ...(change.updateClass !== undefined && { update_class: change.updateClass }),
    forced_by: change.forcedBy,
    downtime: change.downtime,
    data_loss: change.dataLoss,
    steps: change.steps,
    ...(prints !== undefined && { fingerprints: prints }),
    ...(change.previousId !== undefined && { previous_id: change.previousId }),
    ...(change.refused !== undefined && { refused: change.refused }),
  };
}
