import { PjError } from '../errors.ts';
import type { Observed } from '../model/observed.ts';
import type { Orphan, Plan, PlanOptions, PlanWarning } from '../model/plan.ts';
import type { Snapshot } from '../model/record.ts';
import type { PlannerInput, ProviderRules } from '../planner/input.ts';
import { plan as makePlan } from '../planner/plan.ts';
import type { Provider } from '../providers/contract.ts';
import { VERSION } from '../version.ts';
import { checkWorkloads } from './check.ts';
import { sensitiveTemplates } from './load.ts';
import type { PlanRequest } from './options.ts';
import { type Run, sha256 } from './run.ts';

/** What planning starts from: the state as it is or will be after recovery, and what the engines say. */
export interface Basis {
  snapshot: Snapshot | undefined;
  observed: Map<string, Observed>;
  interrupted: ReadonlySet<string>;
  orphans: readonly Orphan[];
}

/** The planner's options for a request. Throws PJ6005 for what contradicts itself. */
export function planOptions(request: PlanRequest): PlanOptions {
  if (request.destroy && (request.refreshOnly || (request.replace ?? []).length > 0)) {
    const what = 'what is destroyed can neither be only looked at nor replaced';
    throw new PjError('PJ6005', { command: 'destroy', what });
  }
  return {
    mode: request.destroy ? 'destroy' : request.refreshOnly ? 'refresh-only' : 'apply',
    targets: request.targets ?? [],
    excludes: request.excludes ?? [],
    replace: request.replace ?? [],
    allowDataLoss: request.allowDataLoss ?? false,
    destroyVolumes: request.destroyVolumes ?? false,
    refresh: request.refresh ?? true,
    prune: request.prune ?? false,
  };
}

/** Everything the planner needs: sensitive values resolved, providers loaded, findings gathered. */
export async function plannerInput(run: Run, basis: Basis, options: PlanOptions): Promise<PlannerInput> {
  const { loaded, values } = run;
  const broken = loaded.errors.length;
  const warnings: PlanWarning[] = [];
  // All but apply goes by what is recorded: no descriptor's secret and none of its needs must keep it from that.
  if (options.mode === 'apply') {
    await values.prepare(sensitiveTemplates(loaded));
    warnings.push(...loaded.warnings, ...(await checkWorkloads(run, options, basis.snapshot)));
  } else if (options.mode === 'destroy' && broken > 0) {
    warnings.push({ code: 'PJ2038', message: new PjError('PJ2038', { count: broken }).message });
  }
  const rules = await rulesOf(run, basis.snapshot);
  return {
    pjVersion: VERSION,
    project: loaded.config.name,
    // Half of what is described is no measure for what runs.
    desired: options.mode === 'refresh-only' && broken > 0 ? [] : loaded.workloads,
    snapshot: basis.snapshot,
    observed: basis.observed,
    interrupted: basis.interrupted,
    rules: (name) => {
      const found = rules.get(name);
      if (found === undefined) throw new Error(`no rules for provider ${name}`);
      if ('thrown' in found) throw found.thrown;
      return found;
    },
    sensitive: {
      lookup: (part) => values.lookup(part),
      digest: (value) => values.digest(value),
      keyId: values.keyId,
      sources: values.sources(),
    },
    moved: broken > 0 ? [] : loaded.config.moved,
    forget: loaded.config.forget,
    orphans: basis.orphans,
    warnings,
    options,
    sha256,
  };
}

/** Plans a request from a basis. */
export async function planFrom(run: Run, basis: Basis, request: PlanRequest): Promise<Plan> {
  const plan = makePlan(await plannerInput(run, basis, planOptions(request)));
  for (const drift of plan.drift) run.emit({ type: 'drift_found', drift });
  run.emit({ type: 'plan_complete', plan });
  return plan;
}

/** The rules of every provider that is described or recorded; for one that cannot be had its error, thrown when its rules are really needed. */
async function rulesOf(
  run: Run,
  snapshot: Snapshot | undefined,
): Promise<Map<string, ProviderRules | { thrown: unknown }>> {
  const names = new Set(run.loaded.workloads.map((workload) => workload.provider));
  for (const record of Object.values(snapshot?.workloads ?? {})) names.add(record.provider);
  const rules = new Map<string, ProviderRules | { thrown: unknown }>();
  for (const name of names) {
    rules.set(name, await run.engines.provider(name).then(rulesFrom, (thrown: unknown) => ({ thrown })));
  }
  return rules;
}

function rulesFrom(provider: Provider): ProviderRules {
  return {
    classify: (...difference) => provider.classify(...difference),
    sideBySide: provider.capabilities.sideBySide,
    pause: provider.capabilities.pause,
    ...(provider.apart === undefined ? {} : { apart: (before, after) => provider.apart?.(before, after) }),
    ...(provider.dataIn === undefined ? {} : { dataIn: (spec, how) => provider.dataIn?.(spec, how) ?? [] }),
    ...(provider.keeps === undefined
      ? {}
      : { keeps: (attribute, through, paths) => provider.keeps?.(attribute, through, paths) ?? false }),
  };
}
