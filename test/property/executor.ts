import { recordAfter, recordAfterFailure, standsBeside } from '../../src/applier/records.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import type { Identity, Snapshot, WorkloadRecord } from '../../src/model/record.ts';
import { hasHealthCheck, isJob } from '../../src/model/spec.ts';
import type { PendingIntent } from '../../src/state/contract.ts';
import { cutCycles, findCycle } from '../../src/state/dependency-graph.ts';
import { settle } from '../../src/state/settle.ts';
import { PROJECT, resolveReal, type Secrets, type World } from './world.ts';

/** What goes wrong in one run, by the number of the step in the order in which they are run. */
export interface Mishaps {
  /** Steps that fail; `after` their effect on the engine, or before it. */
  failures: { at: number; after: boolean }[];
  /** The run is killed at this step: its intent is written, its outcome is not. */
  kill: { at: number; after: boolean } | undefined;
  /** Which of the steps that are free runs next: index modulo their number. */
  picks: number[];
}

export const NO_MISHAPS: Mishaps = { failures: [], kill: undefined, picks: [] };

export interface Ran {
  done: Step[];
  failed: Step[];
  killed: boolean;
}

/**
 * Walks a plan as the applier's contract says: a step once all it depends on is done, what depends on a failed one not at
 * all. Records change by the applier's and the state's own rules; the order of free steps is up to `picks`. Throws when, in the world and not by the
 * plan's edges, something is started before what it depends on is there, or stopped before what depends on it.
 */
export function execute(plan: Plan, snapshot: Snapshot, world: World, secrets: Secrets, mishaps: Mishaps): Ran {
  const before = structuredClone(snapshot);
  const ran: Ran = { done: [], failed: [], killed: false };
  const fates = new Map<string, boolean>();
  const stepsOf = (id: string): Step[] => plan.steps.filter((step) => step.workload === id);
  const cyclic = findCycle(before.workloads) !== undefined;
  let left = [...plan.steps];
  for (let count = 0; ; count++) {
    const free = left.filter((step) => step.dependsOn.every((id) => fates.get(id) === true));
    const step = free[(mishaps.picks[count % Math.max(1, mishaps.picks.length)] ?? 0) % Math.max(1, free.length)];
    if (step === undefined) break;
    left = left.filter((one) => one !== step);
    expectDependenciesThere(step, plan, snapshot, world);
    if (!cyclic) expectDependentsDown(step, plan, before, world);
    const kill = mishaps.kill?.at === count ? mishaps.kill : undefined;
    const failure = mishaps.failures.find((one) => one.at === count);
    const ok = runOne(step, { plan, snapshot, world, secrets, stepsOf, failure, kill, before, now: world.tick() });
    if (kill !== undefined) {
      ran.killed = true;
      break;
    }
    fates.set(step.id, ok);
    (ok ? ran.done : ran.failed).push(step);
  }
  // What the state does with what a run that ended half-way may leave.
  cutCycles(snapshot.workloads);
  if (ran.done.length + ran.failed.length > 0 || ran.killed) snapshot.serial += 1;
  return ran;
}

interface Scene {
  plan: Plan;
  snapshot: Snapshot;
  world: World;
  secrets: Secrets;
  stepsOf(id: string): Step[];
  failure: { after: boolean } | undefined;
  kill: { after: boolean } | undefined;
  before: Snapshot;
  /** When the step runs; later ones are later, as records that contradict each other are settled by their age. */
  now: string;
}

function runOne(step: Step, scene: Scene): boolean {
  const { plan, snapshot, world, secrets } = scene;
  const record = snapshot.workloads[step.workload];
  const want = plan.workloads[step.workload];
  const identity: Identity = {
    project: PROJECT,
    lineage: snapshot.lineage,
    id: step.workload,
    generation: step.generation,
  };
  const applies = ['create', 'start', 'update'].includes(step.action) ? (want?.spec ?? record?.spec) : undefined;
  const resolved = applies === undefined ? undefined : resolveReal(step.workload, applies, snapshot, secrets);
  const steps = scene.stepsOf(step.workload);
  const effect = {
    step,
    before: record,
    want,
    spec: resolved?.recorded,
    lastGood: undefined,
    proves: !steps.slice(steps.indexOf(step) + 1).some((one) => one.action === 'wait' || one.action === 'start'),
    imperative: plan.mode === 'imperative',
    now: scene.now,
  };
  const after = recordAfter(effect);
  const end = scene.kill ?? scene.failure;
  if (end === undefined || end.after) touch(step, scene, identity, resolved);
  if (scene.kill !== undefined) {
    const intent: PendingIntent = {
      step,
      before: record ?? null,
      after,
      at: scene.now,
      ...(resolved !== undefined && { specDigest: resolved.digest }),
    };
    put(snapshot, step.workload, settle(intent, world.find(identity), scene.now).record);
    return false;
  }
  if (scene.failure !== undefined) {
    const how = step.action === 'wait' && step.condition === 'healthy' ? 'unhealthy' : 'failed';
    if (step.action === 'wait' && step.condition === 'completed') {
      const one = world.get(identity);
      if (one !== undefined) one.status = 'dead';
    }
    if (step.action === 'create' && record !== undefined && standsBeside(step, record)) world.destroy(identity);
    put(snapshot, step.workload, recordAfterFailure(effect, { code: 'PJ5000', message: 'it broke' }, how));
    return false;
  }
  const one = world.get(identity);
  const made =
    one !== undefined && resolved !== undefined && step.recordOnly !== true
      ? { handle: world.handle(one), attributes: world.attributes(one) }
      : {};
  put(snapshot, step.workload, after === null ? null : { ...after, ...made });
  return true;
}

/** The step's effect on the engine. */
function touch(
  step: Step,
  scene: Scene,
  identity: Identity,
  resolved: ReturnType<typeof resolveReal> | undefined,
): void {
  const { world, plan, snapshot } = scene;
  const provider = plan.workloads[step.workload]?.provider ?? snapshot.workloads[step.workload]?.provider ?? '';
  const one = world.get(identity);
  if (step.action === 'create') {
    if (resolved === undefined) throw new Error('a create without a spec');
    world.create(identity, provider, resolved.spec, resolved.digest, scene.failure === undefined);
    return;
  }
  if (step.action === 'destroy') {
    world.destroy(identity);
    return;
  }
  if (step.action === 'forget' || step.recordOnly === true) return;
  if (one === undefined) {
    if (step.action === 'stop') return;
    throw new Error(`${step.id}: the engine has nothing of it`);
  }
  switch (step.action) {
    case 'start':
      world.start(one);
      return;
    case 'stop':
      world.stop(one);
      return;
    case 'update':
      if (resolved !== undefined) world.update(one, resolved.spec, resolved.digest);
      return;
    case 'pause':
      if (one.status !== 'paused' && one.status !== 'running') throw new Error(`${step.id}: it does not run`);
      one.status = 'paused';
      return;
    case 'resume':
      one.status = 'running';
      return;
    case 'wait':
      if (step.condition === 'completed') {
        if (one.status !== 'completed' && one.status !== 'running') throw new Error(`${step.id}: it is ${one.status}`);
        if (scene.failure === undefined) one.status = 'completed';
      } else {
        if (one.status !== 'running') throw new Error(`${step.id}: it is ${one.status}`);
        one.healthy = scene.failure === undefined;
      }
  }
}

function expectDependenciesThere(step: Step, plan: Plan, snapshot: Snapshot, world: World): void {
  if (step.action !== 'start' && step.action !== 'resume') return;
  for (const { id, condition } of plan.workloads[step.workload]?.dependencies ?? []) {
    const record = snapshot.workloads[id];
    const one = record && world.get({ project: PROJECT, lineage: snapshot.lineage, id, generation: record.generation });
    const spec = plan.workloads[id]?.spec ?? one?.spec ?? record?.spec;
    const ended = one?.status === 'completed' || record?.completed === true;
    // A job that was started and has failed by now was started all the same.
    const tried = one?.status === 'dead' && isJob(one.spec);
    const runs = one?.status === 'running';
    const healthy = spec === undefined || !hasHealthCheck(spec) || one?.healthy === true;
    const reached =
      condition === 'completed' ? ended : condition === 'healthy' ? ended || (runs && healthy) : ended || runs || tried;
    if (!reached)
      throw new Error(
        `${step.id} runs before ${id} is ${condition}: it is ${one?.status ?? 'not there'}, healthy ${one?.healthy}`,
      );
  }
}

/** By the state from before the run: what depends on this one and is stopped in this plan is down by now. */
function expectDependentsDown(step: Step, plan: Plan, before: Snapshot, world: World): void {
  if (step.action !== 'stop' && step.action !== 'destroy') return;
  const own = before.workloads[step.workload];
  if (own === undefined || own.generation !== step.generation) return;
  for (const other of Object.values(before.workloads)) {
    if (!other.dependencies.some((one) => one.id === step.workload)) continue;
    const goes = plan.steps.some(
      (one) => one.workload === other.id && one.action === 'stop' && one.generation === other.generation,
    );
    const instance = world.get({
      project: PROJECT,
      lineage: before.lineage,
      id: other.id,
      generation: other.generation,
    });
    // Stopped and started again already would be as wrong as still running.
    if (goes && instance?.status === 'running' && instance.provider !== 'external' && isSame(instance.pid, other)) {
      throw new Error(`${step.id} runs while ${other.id}, which depends on it and is stopped in this plan, still runs`);
    }
  }
}

function isSame(pid: number, record: WorkloadRecord): boolean {
  return record.attributes['pid'] === pid;
}

function put(snapshot: Snapshot, id: string, record: WorkloadRecord | null): void {
  if (record === null) delete snapshot.workloads[id];
  else snapshot.workloads[id] = record;
}
