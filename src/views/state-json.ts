import { isObject } from '../model/json.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import { address, providerName, resourceName, resourceType } from './address.ts';
import { withId } from './change-json.ts';
import { byAddress, TERRAFORM_SHAPE } from './plan-json.ts';
import type { ResourceValues } from './plan-json-types.ts';
import { split } from './split-value.ts';

/** A recorded workload as programs read it; the engine's own handle stays inside pj. */
export interface StateResource extends ResourceValues {
  pj: Pick<WorkloadRecord, 'id' | 'kind' | 'provider' | 'generation' | 'state' | 'health' | 'completed'> & {
    desired_state: WorkloadRecord['desiredState'];
    attributes: WorkloadRecord['attributes'];
    created_at: string;
    updated_at: string;
    last_error?: { code: string; message: string };
    deposed: number[];
  };
}

/** The state in the shape of `terraform show -json` without a plan. */
export interface StateJson {
  format_version: '1.0';
  terraform_version: string;
  /** Absent where nothing is recorded. */
  values?: { root_module: { resources: StateResource[] } };
  pj: { version?: string; lineage: string | null; serial: number };
}

/** The state for programs, sorted by address; no sensitive value is in it. */
export function stateToJson(snapshot: Snapshot | undefined): StateJson {
  const resources = Object.values(snapshot?.workloads ?? {})
    .map(stateResource)
    .sort(byAddress);
  return {
    format_version: '1.0',
    terraform_version: TERRAFORM_SHAPE,
    ...(resources.length > 0 && { values: { root_module: { resources } } }),
    pj: {
      ...(snapshot !== undefined && { version: snapshot.pjVersion }),
      lineage: snapshot?.lineage ?? null,
      serial: snapshot?.serial ?? 0,
    },
  };
}

/** One record as a resource. */
export function stateResource(record: WorkloadRecord): StateResource {
  const { value, sensitive } = split(withId(record.id, record.spec) ?? { id: record.id });
  return {
    address: address(record.kind, record.id),
    mode: 'managed',
    type: resourceType(record.kind),
    name: resourceName(record.id),
    provider_name: providerName(record.provider),
    schema_version: 0,
    values: isObject(value) ? value : {},
    sensitive_values: sensitive === false ? {} : sensitive,
    ...(record.dependencies.length > 0 && { depends_on: record.dependencies.map((d) => d.id).sort() }),
    pj: {
      id: record.id,
      kind: record.kind,
      provider: record.provider,
      generation: record.generation,
      state: record.state,
      health: record.health,
      completed: record.completed,
      desired_state: record.desiredState,
      attributes: record.attributes,
      created_at: record.createdAt,
      updated_at: record.updatedAt,
      ...(record.lastError !== undefined && { last_error: record.lastError }),
      deposed: (record.deposed ?? []).map((d) => d.generation),
    },
  };
}
