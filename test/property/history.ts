import { canonical, type JsonObject } from '../../src/model/json.ts';
import type { Plan, PlanOptions, Step } from '../../src/model/plan.ts';
import type { Snapshot } from '../../src/model/record.ts';
import type { Workload } from '../../src/model/workload.ts';
import type { PlannerInput } from '../../src/planner/input.ts';
import { plan as planAll } from '../../src/planner/plan.ts';
import { verifyPlan } from '../../src/planner/verify.ts';
import { problemIn } from '../../src/state/invariants.ts';
import type { DriftKind, Turn } from './scenario.ts';
import { CANARY, digest, lookupIn, PROJECT, rulesOf, type Secrets, sha256, type World } from './world.ts';

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

export const emptySnapshot = (): Snapshot => ({ version: 1, lineage: 'lin', serial: 0, pjVersion: '0', workloads: {} });

export function inputOf(
  desired: readonly Workload[],
  snapshot: Snapshot,
  world: World,
  secrets: Secrets,
  options: Partial<PlanOptions> = {},
): PlannerInput {
  return {
    pjVersion: '0.1.0',
    project: PROJECT,
    desired,
    snapshot,
    observed: world.observe(snapshot),
    interrupted: new Set(),
    rules: rulesOf,
    sensitive: { lookup: lookupIn(secrets), digest, keyId: 'k1', sources: { 'secret.key': { env: 'KEY' } } },
    moved: [],
    forget: [],
    orphans: [],
    warnings: [],
    options: { ...OPTIONS, ...options },
    sha256,
  };
}

/** Plans, and checks what holds for every plan. */
export function planned(input: PlannerInput, plan: (input: PlannerInput) => Plan = planAll): Plan {
  const made = plan(input);
  const text = canonical(made as unknown as JsonObject);
  verifyPlan(made);
  const again = canonical(plan(shuffled(input)) as unknown as JsonObject);
  if (again !== text) throw new Error('the same input in another order gives another plan');
  if (text.includes('$template')) throw new Error('a template is in the plan');
  if (text.includes(CANARY))
    throw new Error(`a secret is in the plan: ${text.slice(text.indexOf(CANARY) - 200, text.indexOf(CANARY) + 40)}`);
  return made;
}

/** The same input with everything that has no order in another order. */
function shuffled(input: PlannerInput): PlannerInput {
  const workloads = Object.fromEntries(Object.entries(input.snapshot?.workloads ?? {}).reverse());
  return {
    ...input,
    desired: [...input.desired].reverse(),
    observed: new Map([...input.observed].reverse()),
    snapshot: input.snapshot === undefined ? undefined : { ...input.snapshot, workloads },
  };
}

/** Lets things happen outside pj. */
export function happen(turn: Turn, snapshot: Snapshot, world: World): void {
  for (const { id, what } of turn.drift) {
    const record = snapshot.workloads[id];
    const generation = record?.generation ?? 1;
    const one = world.get({ project: PROJECT, lineage: snapshot.lineage, id, generation });
    if (one === undefined) continue;
    if (one.provider === 'external') {
      if (what === 'vanish') world.destroy(one.identity);
      continue;
    }
    const wanted = turn.desired.find((w) => w.id === id);
    happenTo(one, what, wanted, world);
  }
}

function happenTo(
  one: NonNullable<ReturnType<World['get']>>,
  what: DriftKind,
  wanted: Workload | undefined,
  world: World,
): void {
  const up = one.status === 'running';
  switch (what) {
    case 'die':
      if (up) one.status = 'dead';
      return;
    case 'stop':
      if (up) one.status = 'stopped';
      return;
    case 'pause':
      if (up) one.status = 'paused';
      return;
    case 'restart':
      if (one.status === 'stopped' || up) {
        // By the time anybody looks it is as healthy as it was.
        const { healthy } = one;
        one.status = 'stopped';
        world.start(one);
        one.healthy = healthy;
      }
      return;
    case 'vanish':
      world.destroy(one.identity);
      return;
    case 'env':
      one.spec = { ...one.spec, env: { ...one.spec.env, PLAIN: 'outside', SECRET: `${CANARY}-outside` } };
      return;
    case 'memory':
      one.spec = { ...one.spec, resources: { memory: 999 } };
      return;
    case 'args':
      if (one.spec.native !== undefined) one.spec = { ...one.spec, native: { ...one.spec.native, args: ['outside'] } };
      return;
    case 'match':
      // Somebody makes the very change that the descriptors ask for.
      if (typeof wanted?.spec.env?.['PLAIN'] === 'string') {
        one.spec = { ...one.spec, env: { ...one.spec.env, PLAIN: wanted.spec.env['PLAIN'] } };
      }
      if (wanted?.spec.resources?.memory !== undefined) {
        one.spec = { ...one.spec, resources: { memory: wanted.spec.resources.memory } };
      }
  }
}

/** The state holds to its invariants, and knows of everything that runs. */
export function expectSound(snapshot: Snapshot, world: World): void {
  const problem = problemIn(snapshot.workloads);
  if (problem !== undefined) throw new Error(problem);
  for (const one of world.instances.values()) {
    if (one.specDigest === 'theirs' || one.status !== 'running') continue;
    const record = snapshot.workloads[one.identity.id];
    const generations = [record?.generation, ...(record?.deposed ?? []).map((old) => old.generation)];
    if (!generations.includes(one.identity.generation))
      throw new Error(`the state does not know ${world.key(one.identity)}`);
  }
}

/** Counts from the steps, and the generations there were before, what was done, as Terraform counts. */
export function countOf(steps: readonly Step[], before: Snapshot): Plan['summary'] {
  const summary = { add: 0, change: 0, destroy: 0, forget: 0 };
  for (const id of new Set(steps.map((step) => step.workload))) {
    const own = steps.filter((step) => step.workload === id);
    const current = before.workloads[id]?.generation;
    const created = own.some((step) => step.action === 'create');
    const destroyed = own.some((step) => step.action === 'destroy' && step.generation === current);
    if (created) summary.add += 1;
    if (destroyed) summary.destroy += 1;
    if (own.some((step) => step.action === 'forget')) summary.forget += 1;
    else if (!created && !destroyed) summary.change += 1;
  }
  return summary;
}
