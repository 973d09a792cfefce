import type { Json } from '../model/json.ts';
import type { Plan, WorkloadChange } from '../model/plan.ts';
import { isUnknown, leavesOf, partsOf, reference, sensitiveSources } from '../model/template.ts';
import { address, providerName, resourceName, resourceType } from './address.ts';
import { changeJson, driftJson } from './change-json.ts';
import type {
  Configuration,
  ConfigurationResource,
  PlanJson,
  ResourceChangeJson,
  ResourceValues,
  StateValues,
} from './plan-json-types.ts';
import { type AddressOf, addresses, planPj } from './plan-pj.ts';
import { HIDDEN, split } from './split-value.ts';

/** The Terraform version whose JSON shapes are followed. */
export const TERRAFORM_SHAPE = '1.11.4';

/**
 * A plan in the shape of `terraform show -json`, format 1.2, all lists sorted by address.
 * @param extra timestamp: RFC 3339, when the plan was made or shown; planning itself knows no clock.
 */
export function planToJson(plan: Plan, extra: { timestamp: string }): PlanJson {
  const changes = plan.changes.map(changeJson).sort(byAddress);
  const drift = plan.drift.map(driftJson).sort(byAddress);
  const addressOf = addresses(plan.changes);
  const prior = valuesOf(changes, 'before', plan, addressOf);
  const relevant = relevantAttributes(plan, addressOf);
  const variables = sensitiveVariables(plan);
  return {
    format_version: '1.2',
    terraform_version: TERRAFORM_SHAPE,
    ...(variables.length > 0 && { variables: Object.fromEntries(variables.map((name) => [name, { value: HIDDEN }])) }),
    planned_values: valuesOf(changes, 'after', plan, addressOf),
    ...(drift.length > 0 && { resource_drift: drift }),
    resource_changes: changes,
    ...(prior.root_module.resources !== undefined && {
      prior_state: { format_version: '1.0', terraform_version: TERRAFORM_SHAPE, values: prior },
    }),
    configuration: configurationOf(plan, addressOf),
    ...(relevant.length > 0 && { relevant_attributes: relevant }),
    timestamp: extra.timestamp,
    applyable: isApplyable(plan),
    complete: plan.options.targets.length === 0 && plan.options.excludes.length === 0,
    errored: false,
    pj: planPj(plan),
  };
}

/** True when apply would do something and no guard forbids it. */
function isApplyable(plan: Plan): boolean {
  if (plan.changes.some((change) => change.refused !== undefined)) return false;
  return plan.steps.length > 0 || plan.moved.length > 0;
}

/** Orders by address, code unit by code unit, so that the order is the same everywhere. */
export function byAddress(a: { address: string }, b: { address: string }): number {
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}

function valuesOf(
  changes: readonly ResourceChangeJson[],
  side: 'before' | 'after',
  plan: Plan,
  addressOf: AddressOf,
): StateValues {
  const resources: ResourceValues[] = [];
  for (const { address, type, name, provider_name, change, pj } of changes) {
    const values = change[side];
    if (values === null) continue;
    const dependsOn = side === 'after' ? dependencies(plan, pj.id, addressOf) : [];
    resources.push({
      address,
      mode: 'managed',
      type,
      name,
      provider_name,
      schema_version: 0,
      values,
      sensitive_values: side === 'before' ? change.before_sensitive : change.after_sensitive,
      ...(dependsOn.length > 0 && { depends_on: dependsOn }),
    });
  }
  return { root_module: resources.length > 0 ? { resources } : {} };
}

function dependencies(plan: Plan, id: string, addressOf: AddressOf): string[] {
  const workload = Object.hasOwn(plan.workloads, id) ? plan.workloads[id] : undefined;
  return (workload?.dependencies ?? []).map((d) => addressOf(d.id)).sort();
}

function configurationOf(plan: Plan, addressOf: AddressOf): Configuration {
  const providers = new Map<string, { name: string; full_name: string }>();
  const resources: (ConfigurationResource & { address: string })[] = [];
  for (const change of plan.changes) {
    if (change.after === null || change.action === 'delete' || change.action === 'forget') continue;
    providers.set(change.provider, { name: change.provider, full_name: providerName(change.provider) });
    const dependsOn = dependencies(plan, change.id, addressOf);
    resources.push({
      address: address(change.kind, change.id),
      mode: 'managed',
      type: resourceType(change.kind),
      name: resourceName(change.id),
      provider_config_key: change.provider,
      expressions: expressions(change, addressOf),
      schema_version: 0,
      ...(dependsOn.length > 0 && { depends_on: dependsOn }),
    });
  }
  const variables = sensitiveVariables(plan);
  return {
    ...(providers.size > 0 && {
      provider_config: Object.fromEntries([...providers].sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
    root_module: {
      ...(resources.length > 0 && { resources: resources.sort(byAddress) }),
      ...(variables.length > 0 && {
        variables: Object.fromEntries(variables.map((name) => [name, { sensitive: true as const }])),
      }),
    },
  };
}

/** As Terraform: an expression that refers to anything is told by its references alone, any other by its value. */
function expressions(change: WorkloadChange, addressOf: AddressOf): ConfigurationResource['expressions'] {
  const out: [string, { constant_value: Json } | { references: string[] }][] = [];
  for (const [key, value] of Object.entries(change.after ?? {})) {
    if (value === undefined) continue;
    const parts = leavesOf(value as Json).flatMap(partsOf);
    const references = parts.flatMap((part) => {
      const other = reference(part);
      if (other === undefined) return sensitiveSources([part]);
      return [`${addressOf(other.workload)}.${other.attribute}`, addressOf(other.workload)];
    });
    const constant = split(value as Json).value;
    if (references.length > 0) out.push([key, { references: [...new Set(references)] }]);
    else if (constant !== undefined) out.push([key, { constant_value: constant }]);
  }
  return Object.fromEntries(out);
}

/** Which attributes of which workloads the plan's values wait for or were changed by. */
function relevantAttributes(plan: Plan, addressOf: AddressOf): NonNullable<PlanJson['relevant_attributes']> {
  const found = new Map<string, { resource: string; attribute: (string | number)[] }>();
  const add = (workload: string, attribute: string) => {
    const resource = addressOf(workload);
    found.set(`${resource}.${attribute}`, { resource, attribute: attribute.split('.') });
  };
  for (const change of plan.changes) {
    if (change.action === 'no-op') continue;
    for (const leaf of leavesOf(change.after as Json)) {
      if (!isUnknown(leaf)) continue;
      for (const part of partsOf(leaf)) {
        const other = reference(part);
        if (other !== undefined) add(other.workload, other.attribute);
      }
    }
    for (const { cause } of change.differences)
      if (cause.type === 'dependency' && cause.attribute !== undefined) add(cause.workload, cause.attribute);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, attribute]) => attribute);
}

function sensitiveVariables(plan: Plan): string[] {
  return Object.keys(plan.sensitiveSources)
    .filter((name) => name.startsWith('var.'))
    .map((name) => name.slice('var.'.length))
    .sort();
}
