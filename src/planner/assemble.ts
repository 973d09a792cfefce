import { PjError } from '../errors.ts';
import type { Drift, Plan, PlannedWorkload, PlanWarning, SecretSource, Step, WorkloadChange } from '../model/plan.ts';
import { type Leaf, leavesOf, partsOf, sensitiveSources } from '../model/template.ts';
import { changeOf, shownBefore } from './change.ts';
import { observedDigest } from './digests.ts';
import { driftIn } from './drift.ts';
import { tie } from './edges.ts';
import type { DependencyGraph } from './graph.ts';
import type { PlannerInput } from './input.ts';
import { busy, type Node } from './node.ts';
import { orphanChange, prune } from './orphans.ts';
import { type OwnSteps, stepsOf } from './steps.ts';
import { summarise } from './summary.ts';
import { wavesOf } from './waves.ts';

/** What was decided, ready to be written down. */
export interface Decided {
  /** In the order of their ids. */
  nodes: ReadonlyMap<string, Node>;
  recorded(): DependencyGraph;
  moved: { from: string; to: string }[];
  warnings: PlanWarning[];
}

/** Writes the plan down: steps with their edges, waves, changes, drift, digests. */
export function assemble(input: PlannerInput, decided: Decided): Plan {
  const { nodes } = decided;
  const own = new Map<string, OwnSteps>();
  for (const [id, node] of nodes) if (busy(node.shape)) own.set(id, stepsOf(node));
  tie({ nodes, steps: own, recorded: decided.recorded });
  const pruned = prune(input, own);
  const { steps, waves } = inOrder(own);

  const changes: WorkloadChange[] = [];
  const drift: Drift[] = [];
  const workloads: Record<string, PlannedWorkload> = {};
  for (const [id, node] of nodes) {
    const before = shownBefore(node);
    changes.push(changeOf(node, own.get(id)?.all.map((step) => step.id) ?? [], before));
    const drifted = before === null ? undefined : driftIn(node, before, input.sensitive.digest);
    if (drifted !== undefined) drift.push(drifted);
    if (own.has(id) && node.planned !== undefined) workloads[id] = node.planned;
  }
  for (const orphan of pruned) if (!nodes.has(orphan.id)) changes.push(orphanChange(orphan, own));
  changes.sort((a, b) => (a.id < b.id ? -1 : 1));
  const sensitive = sensitiveIn(input, workloads, changes);
  return {
    formatVersion: 1,
    pjVersion: input.pjVersion,
    mode: input.options.mode,
    project: input.project,
    lineage: input.snapshot?.lineage ?? null,
    serial: input.snapshot?.serial ?? 0,
    ...(sensitive.any && { digestKeyId: input.sensitive.keyId }),
    options: input.options,
    workloads,
    changes,
    drift,
    orphans: [...input.orphans],
    steps,
    waves,
    observedDigests: digestsOf(input, nodes, own),
    sensitiveSources: sensitive.sources,
    moved: decided.moved,
    warnings: decided.warnings,
    summary: summarise(changes),
  };
}

/** All steps, each after those it depends on. */
function inOrder(own: ReadonlyMap<string, OwnSteps>): { steps: Step[]; waves: string[][] } {
  const byId = new Map<string, Step>();
  for (const { all } of own.values()) for (const step of all) byId.set(step.id, step);
  const waves = wavesOf([...byId.values()]);
  const steps = waves.flat().flatMap((id) => byId.get(id) ?? []);
  if (steps.length !== byId.size) throw new PjError('PJ9001', { what: 'the steps of the plan wait for each other' });
  return { steps, waves };
}

/** Of each workload that is changed, and of each that a started one depends on. */
function digestsOf(
  input: PlannerInput,
  nodes: ReadonlyMap<string, Node>,
  own: ReadonlyMap<string, OwnSteps>,
): Record<string, string> {
  const matter = new Set(own.keys());
  for (const [id, steps] of own) {
    if (steps.start === undefined && steps.resume === undefined) continue;
    for (const dependency of nodes.get(id)?.planned?.dependencies ?? []) matter.add(dependency.id);
  }
  const digests: Record<string, string> = {};
  for (const id of [...matter].sort()) {
    const node = nodes.get(id);
    if (node?.observed === undefined) continue;
    digests[id] = observedDigest(node.observed, node.record?.spec, input.sensitive.digest, input.sha256);
  }
  return digests;
}

function sensitiveIn(
  input: PlannerInput,
  workloads: Record<string, PlannedWorkload>,
  changes: readonly WorkloadChange[],
): { any: boolean; sources: Record<string, SecretSource> } {
  const needed = new Set<string>();
  let any = false;
  const look = (leaf: Leaf): void => {
    any ||= '$sensitive' in leaf || ('$unknown' in leaf && leaf.$unknown.sensitive);
  };
  for (const { spec } of Object.values(workloads)) {
    for (const leaf of leavesOf(spec)) {
      look(leaf);
      for (const name of sensitiveSources(partsOf(leaf))) needed.add(name);
    }
  }
  for (const change of changes) {
    if (change.action === 'no-op' || any) continue;
    leavesOf(change.before ?? undefined).forEach(look);
    leavesOf(change.after ?? undefined).forEach(look);
  }
  const sources: Record<string, SecretSource> = {};
  for (const name of [...needed].sort()) {
    const source = input.sensitive.sources[name];
    if (source !== undefined) sources[name] = source;
  }
  return { any, sources };
}
