import { suggestion } from '../model/nearest.ts';
import { hasHealthCheck, isJob } from '../model/spec.ts';
import type { Condition, Dependency } from '../model/workload.ts';
import type { Built, Edge } from './build.ts';
import type { Report } from './problem.ts';

/**
 * Turns the edges of all workloads into their dependencies: replicas expanded, conditions told, absent optional ones dropped. A native
 * process, a Java application or a container that something waits for to be completed becomes a job; a container that is waited for to be healthy and has no check goes by its image's. Unknown ids and conditions that can't come true are reported.
 * `replicated` gives the ids that stand for replicas; `known` every id that was described, also where the descriptor is broken.
 */
export function resolveDependencies(
  all: readonly Built[],
  replicated: ReadonlyMap<string, number>,
  known: ReadonlySet<string>,
  report: Report,
  warn: Report,
): void {
  const byId = new Map(all.map((built) => [built.workload.id, built]));
  const chosen = new Map<Built, ReadonlyMap<string, Edge>>();
  for (const built of all) {
    const merged = new Map<string, Edge>();
    for (const edge of built.edges) {
      for (const id of targets(edge, replicated)) {
        const target = byId.get(id);
        if (target === undefined) {
          if (!edge.optional && !known.has(id)) {
            const details = {
              id: built.workload.id,
              on: edge.id,
              suggestion: suggestion(
                edge.id,
                [...known, ...replicated.keys()].filter((each) => each !== built.workload.id),
              ),
            };
            report({ code: 'PJ1041', details, spots: [built.spot(edge.path)] });
          }
          continue;
        }
        checkCondition(built, edge, target, report);
        const before = merged.get(id);
        if (before?.source === 'declared' && edge.source === 'declared') {
          report({
            code: 'PJ1046',
            details: { id: built.workload.id, on: id },
            spots: [built.spot(edge.path), built.spot(before.path)],
          });
        }
        // what is declared says more than a mere reference; but an application always restarts with its host JVM
        const restart = edge.restart || before?.restart === true;
        const says = before === undefined || edge.source === 'declared' ? edge : before;
        merged.set(id, says.restart === restart ? says : { ...says, restart });
      }
    }
    chosen.set(built, merged);
    built.workload.dependencies = [...merged.keys()].sort().map((id) => ({ ...plain(merged.get(id) as Edge), id }));
  }
  // only now is it known which are jobs
  for (const built of all) {
    for (const dependency of built.workload.dependencies) {
      const target = byId.get(dependency.id);
      const edge = chosen.get(built)?.get(dependency.id);
      if (target === undefined || edge === undefined) continue;
      dependency.condition = edge.condition ?? defaultCondition(edge, target);
      if (target.broken) continue;
      if (dependency.condition === 'healthy' && target.workload.spec.container !== undefined) {
        // The image may bring a check of its own, which the engine runs.
        target.workload.spec.healthCheck ??= { type: 'engine' };
      }
      if (dependency.condition === 'healthy' && !hasHealthCheck(target.workload.spec)) {
        // its engine saying that it runs is all that there is to wait for
        dependency.condition = 'started';
        const details = { id: built.workload.id, on: dependency.id };
        warn({ code: 'PJ1047', details, spots: [built.spot(edge.path)], workload: built.workload.id });
      }
    }
  }
}

function targets(edge: Edge, replicated: ReadonlyMap<string, number>): string[] {
  const replicas = replicated.get(edge.id);
  return replicas === undefined ? [edge.id] : Array.from({ length: replicas }, (_, i) => `${edge.id}-${i}`);
}

const plain = ({ id, optional, restart, source, condition }: Edge): Dependency => ({
  id,
  condition: condition ?? 'started',
  optional,
  restart,
  source,
});

/** A reference needs the other to run, no more. */
function defaultCondition(edge: Edge, target: Built): Condition {
  return edge.source === 'declared' && hasHealthCheck(target.workload.spec) ? 'healthy' : 'started';
}

/** Makes a job of what is to be completed, where it may be one. */
function checkCondition(built: Built, edge: Edge, target: Built, report: Report): void {
  if (edge.condition !== 'completed') return;
  const { workload } = target;
  const refuse = (reason: string, path: string[]): void =>
    report({
      code: 'PJ1044',
      details: { id: built.workload.id, on: workload.id, reason },
      spots: [built.spot(edge.path), target.spot(path)],
    });
  if (workload.kind === 'external') refuse('pj does not run it', ['external']);
  else if (workload.kind === 'jvm') refuse('a JVM that applications share runs on', ['jvm']);
  else if (workload.kind === 'network' || workload.kind === 'volume')
    refuse(`a ${workload.kind} does not run`, [workload.kind]);
  else if (workload.spec.restart?.policy === 'always') refuse('its restart policy is always', ['restart', 'policy']);
  else if (workload.spec.native !== undefined) {
    if (workload.spec.native.type === undefined) workload.spec.native = { ...workload.spec.native, type: 'job' };
    if (!isJob(workload.spec)) refuse('its type is service', ['native', 'type']);
  } else if (workload.spec.java !== undefined) {
    if (workload.spec.java.type === undefined) workload.spec.java = { ...workload.spec.java, type: 'job' };
    if (!isJob(workload.spec)) refuse('its type is service', ['java', 'type']);
  } else if (workload.spec.container !== undefined) {
    if (workload.spec.container.type === undefined)
      workload.spec.container = { ...workload.spec.container, type: 'job' };
    if (!isJob(workload.spec)) refuse('its type is service', ['container', 'type']);
  }
}
