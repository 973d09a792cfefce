import { PjError } from '../errors.ts';
import { nearest } from '../model/nearest.ts';
import type { PlanOptions } from '../model/plan.ts';
import { closure, type DependencyGraph } from './graph.ts';

/** The two graphs and who is in them. */
export interface Scene {
  /** Each made when it is first asked for. */
  desired(): DependencyGraph;
  recorded(): DependencyGraph;
  isDesired(id: string): boolean;
  isRecorded(id: string): boolean;
}

/**
 * Which workloads the plan may touch. Targets bring what they depend on; a target that is to be destroyed brings what depends
 * on it and is to be destroyed too. Throws PJ2002 for an id that nobody knows (with the nearest one), PJ2011 for one that is both.
 */
export function scopeOf(options: PlanOptions, scene: Scene): (id: string) => boolean {
  for (const [option, ids] of [
    ['--target', options.targets],
    ['--exclude', options.excludes],
    ['--replace', options.replace],
  ] as const) {
    for (const id of ids) requireKnown(option, id, scene);
  }
  const excluded = new Set(options.excludes);
  for (const id of options.targets) if (excluded.has(id)) throw new PjError('PJ2011', { id });
  if (options.targets.length === 0) return (id) => !excluded.has(id);

  const goes = (id: string): boolean => options.mode === 'destroy' || !scene.isDesired(id);
  const wanted =
    options.mode === 'destroy' ? new Set<string>() : closure(scene.desired(), options.targets, 'dependencies');
  const gone = options.targets.filter((id) => goes(id) && scene.isRecorded(id));
  const leaving = gone.length === 0 ? new Set<string>() : closure(scene.recorded(), gone, 'dependents', goes);
  return (id) => !excluded.has(id) && (wanted.has(id) || leaving.has(id));
}

/** Throws PJ2002 with the nearest known id where nobody knows this one. */
export function requireKnown(
  option: string,
  id: string,
  scene: Pick<Scene, 'desired' | 'recorded' | 'isDesired' | 'isRecorded'>,
): void {
  if (scene.isDesired(id) || scene.isRecorded(id)) return;
  const near = nearest(id, [...scene.desired().nodes(), ...scene.recorded().nodes()]);
  throw new PjError('PJ2002', { option, id }, near === undefined ? {} : { advice: `Did you mean ${near}?` });
}
