import type { Step } from '../model/plan.ts';
import type { DependencyGraph } from './graph.ts';
import { hostOf } from './hosts.ts';
import type { Node } from './node.ts';
import { awaited } from './references.ts';
import { type OwnSteps, readyStep } from './steps.ts';

/** Everything that edges are drawn from. */
export interface Drawn {
  nodes: ReadonlyMap<string, Node>;
  steps: ReadonlyMap<string, OwnSteps>;
  /** Without cycles; asked for only where something stops, is destroyed or forgotten. */
  recorded(): DependencyGraph;
}

/**
 * Ties the steps of different workloads together.
 *
 * There can be no cycle, since every step is of one of these, and each depends only on those before it: starts (and what leads to
 * them) of workloads of which nothing goes down, themselves and all they depend on; stops and destroys; the other
 * starts; the destroys of what is gone from the descriptors, which nothing but others of their kind waits for.
 */
export function tie(drawn: Drawn): void {
  for (const [id, own] of drawn.steps) {
    const node = drawn.nodes.get(id);
    if (node === undefined) continue;
    upEdges(node, own, drawn);
    if (own.stop !== undefined || own.destroy !== undefined || own.forget !== undefined) downEdges(node, own, drawn);
  }
  for (const own of drawn.steps.values())
    for (const step of own.all) step.dependsOn = [...new Set(step.dependsOn)].sort();
}

/** A start waits for every dependency's condition, a create only for jobs; what takes the workload down waits for it too, where that does not go down itself. */
function upEdges(node: Node, own: OwnSteps, { nodes, steps }: Drawn): void {
  const up = own.start ?? own.resume ?? own.wait;
  const first =
    node.shape.beside || (own.start === undefined && own.create === undefined) ? undefined : (own.stop ?? own.destroy);
  const calm = (id: string): boolean => nodes.get(id)?.disturbed === false;
  for (const { id, condition } of node.planned?.dependencies ?? []) {
    const on = steps.get(id);
    const ready = on === undefined ? undefined : readyStep(on, condition);
    if (ready === undefined || up === undefined) continue;
    after(up, ready);
    // What a job writes may be what it is made of: a file that is mounted, an image.
    if (condition === 'completed') after(own.create, ready);
    if (calm(id)) after(first, ready);
  }
  const maker = own.create ?? own.update;
  if (maker === undefined || node.planned === undefined) return;
  // It is made within its host JVM, which has to run for that.
  const host = hostOf(node.planned.spec);
  const running = host === undefined ? undefined : steps.get(host)?.start;
  after(maker, running);
  if (host !== undefined && calm(host)) after(first ?? own.stop, running);
  for (const id of awaited(node.planned.spec)) {
    const on = steps.get(id);
    const known = on?.start ?? on?.resume ?? on?.update ?? on?.create;
    after(maker, known);
    if (calm(id)) after(first ?? own.stop, known);
  }
}

/** What goes down goes after all that depend on it by the record and stop too; what leaves the state goes after they have let go of it. */
function downEdges(node: Node, own: OwnSteps, { nodes, steps, recorded }: Drawn): void {
  const graph = recorded();
  if (!graph.hasNode(node.id)) return;
  const leaving = isLeaving(own) ? (own.forget ?? own.destroy) : undefined;
  const down = own.stop ?? own.destroy;
  for (const id of graph.inNeighbors(node.id)) {
    const other = steps.get(id);
    const dependent = nodes.get(id);
    if (other === undefined || dependent === undefined) continue;
    after(down, other.stop);
    // What is made anew holds on to this one until it is gone: a container to its volumes. What leaves is waited for by nothing but its like.
    if (other.create !== undefined && !dependent.shape.beside) after(own.destroy, other.destroy);
    if (hostOf(dependent.record?.spec) === node.id) undeployEdges(own, other, dependent.shape.beside);
    if (leaving === undefined) continue;
    const gone = isLeaving(other) ? (other.forget ?? other.destroy) : undefined;
    const letsGo = gone ?? other.create ?? other.update;
    after(leaving, letsGo);
    for (const leftover of other.leftovers) after(leaving, leftover);
    if (other.stop === undefined && gone === undefined && !dependent.disturbed) after(own.stop, letsGo);
  }
}

/**
 * What ran in a JVM that goes down is taken out of it while nothing else is done to that: after it where that may be, since the JVM then ends even a thread
 * that nothing else can end; before it where what is made anew must not wait for the JVM to come up.
 */
function undeployEdges(host: OwnSteps, app: OwnSteps, beside: boolean): void {
  if (host.stop === undefined) return;
  if (isLeaving(app) || beside) after(app.destroy, host.start ?? host.stop);
  else if (host.start !== undefined) after(host.stop, app.destroy);
  else if (app.stop !== undefined) after(app.destroy, host.stop);
}

/** It is forgotten, or destroyed for good. */
const isLeaving = (own: OwnSteps | undefined): boolean =>
  own !== undefined && (own.forget !== undefined || (own.destroy !== undefined && own.create === undefined));

function after(step: Step | undefined, before: Step | undefined): void {
  if (step === undefined || before === undefined || step === before) return;
  step.dependsOn.push(before.id);
}
