import { createHash, createHmac } from 'node:crypto';
import { canonical, type Json } from '../../src/model/json.ts';
import type { Observed } from '../../src/model/observed.ts';
import type { Orphan, Plan, PlanOptions, WorkloadChange } from '../../src/model/plan.ts';
import type { Snapshot, WorkloadRecord } from '../../src/model/record.ts';
import { hasHealthCheck, type Spec } from '../../src/model/spec.ts';
import { DEFAULT_LIFECYCLE, type Dependency, type Lifecycle, type Workload } from '../../src/model/workload.ts';
import type { PlannerInput, ProviderRules } from '../../src/planner/input.ts';
import { plan } from '../../src/planner/plan.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const digest = (value: Json): string =>
  createHmac('sha256', 'k').update(canonical(value)).digest('hex').slice(0, 12);

export const OPTIONS: PlanOptions = {
  mode: 'apply',
  targets: [],
  excludes: [],
  replace: [],
  allowDataLoss: false,
  destroyVolumes: false,
  refresh: true,
  prune: false,
};

/** `native.command` replaces, limits and tags are live, the rest restarts. */
export const rules: ProviderRules = {
  classify(path) {
    if (path.startsWith('/native/command'))
      return { updateClass: 'replace', reason: 'another program is another thing' };
    if (
      path.startsWith('/resources') ||
      path.startsWith('/tags') ||
      path.startsWith('/external') ||
      path.startsWith('/healthCheck')
    ) {
      return { updateClass: 'live', reason: 'it can be changed while it runs' };
    }
    return { updateClass: 'restart', reason: 'it is fixed when it starts' };
  },
  sideBySide: true,
  pause: true,
};

type Wish = Partial<Omit<Workload, 'dependencies' | 'lifecycle'>> & {
  dependencies?: (string | (Partial<Dependency> & { id: string }))[];
  lifecycle?: Partial<Lifecycle>;
};

/** A workload as the descriptors would give it: native, running, `command: run`. */
export function workload(id: string, wish: Wish = {}): Workload {
  return {
    id,
    kind: 'native',
    provider: 'native',
    desiredState: 'running',
    spec: { native: { command: 'run' } },
    ...wish,
    lifecycle: { ...DEFAULT_LIFECYCLE, ...wish.lifecycle },
    dependencies: (wish.dependencies ?? []).map((one) => ({
      condition: 'started' as const,
      optional: false,
      restart: false,
      source: 'declared' as const,
      ...(typeof one === 'string' ? { id: one } : one),
    })),
  };
}

/** The record that a good apply of a workload leaves; its spec must hold no templates. */
export function recorded(of: Workload, more: Partial<WorkloadRecord> = {}): WorkloadRecord {
  const job = of.spec.native?.type === 'job';
  return {
    id: of.id,
    kind: of.kind,
    provider: of.provider,
    generation: 1,
    spec: of.spec,
    handle: { engine: of.id },
    state: of.desiredState === 'stopped' || job ? 'STOPPED' : of.desiredState === 'paused' ? 'PAUSED' : 'RUNNING',
    health: hasHealthCheck(of.spec) ? 'healthy' : 'none',
    completed: job,
    desiredState: of.desiredState,
    dependencies: of.dependencies,
    lifecycle: of.lifecycle,
    attributes: { address: '127.0.0.1', pid: 100, ports: { '80': 8080 } },
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...more,
  };
}

/** What an engine says of a workload. */
export function seen(id: string, status: Observed['status'], more: Partial<Observed> = {}): Observed {
  const handle = status === 'gone' ? null : { engine: id };
  return {
    id,
    status,
    fields: {},
    attributes: status === 'gone' ? {} : { address: '127.0.0.1', pid: 100, ports: { '80': 8080 } },
    handle,
    ...more,
  };
}

export interface Given {
  desired?: Workload[];
  records?: WorkloadRecord[];
  observed?: Observed[];
  options?: Partial<PlanOptions>;
  moved?: { from: string; to: string }[];
  orphans?: Orphan[];
  forget?: string[];
  interrupted?: string[];
  secrets?: Record<string, string>;
  rules?: Partial<ProviderRules>;
}

export function snapshotOf(records: readonly WorkloadRecord[]): Snapshot {
  const workloads = Object.fromEntries(records.map((record) => [record.id, record]));
  return { version: 1, lineage: 'lin', serial: 7, pjVersion: '0.1.0', workloads };
}

export function inputOf(given: Given): PlannerInput {
  const secrets = given.secrets ?? {};
  return {
    pjVersion: '0.1.0',
    project: 'demo',
    desired: given.desired ?? [],
    snapshot: given.records === undefined ? undefined : snapshotOf(given.records),
    observed: new Map((given.observed ?? []).map((one) => [one.id, one])),
    interrupted: new Set(given.interrupted),
    rules: () => ({ ...rules, ...given.rules }),
    sensitive: {
      lookup: (part) => ('secret' in part ? secrets[part.secret] : undefined),
      digest,
      keyId: 'k1',
      sources: Object.fromEntries(Object.keys(secrets).map((name) => [`secret.${name}`, { env: name.toUpperCase() }])),
    },
    moved: given.moved ?? [],
    forget: given.forget ?? [],
    orphans: given.orphans ?? [],
    warnings: [],
    options: { ...OPTIONS, ...given.options },
    sha256,
  };
}

export const planOf = (given: Given): Plan => plan(inputOf(given));

/** The steps and what each waits for, one a line: `start web < create web, wait db`. */
export function lines(made: Plan): string[] {
  return made.steps.map((step) =>
    step.dependsOn.length === 0 ? step.id : `${step.id} < ${step.dependsOn.join(', ')}`,
  );
}

export function changeIn(made: Plan, id: string): WorkloadChange {
  const change = made.changes.find((one) => one.id === id);
  if (change === undefined) throw new Error(`the plan has no change of ${id}`);
  return change;
}

export const withHealth = (spec: Spec = { native: { command: 'run' } }): Spec => ({
  ...spec,
  healthCheck: { type: 'tcp', port: 80 },
});
export const job = (args: string[] = []): Spec => ({ native: { command: 'migrate', type: 'job', args } });
