import type { Cause, Step, StepAction } from '../model/plan.ts';
import type { Node } from './node.ts';

/** The steps of one workload by what they are for; those of the graph's edges are looked up here. */
export interface OwnSteps {
  /** Ends the instance that is there now; with a new one beside it, that is the old generation. */
  stop?: Step;
  destroy?: Step;
  update?: Step;
  create?: Step;
  start?: Step;
  wait?: Step;
  pause?: Step;
  resume?: Step;
  forget?: Step;
  /** Of generations left behind by an earlier replace. */
  leftovers: Step[];
  all: Step[];
}

/** The steps of one workload, each after the one before it. */
export function stepsOf(node: Node): OwnSteps {
  const { shape, record } = node;
  const generation = record?.generation ?? 1;
  const next = shape.beside ? 1 + Math.max(generation, ...shape.deposed) : generation;
  const main: Cause = node.causes[0] ?? { type: 'configured' };
  const own: OwnSteps = { leftovers: [], all: [] };

  let last: Step | undefined;
  const add = (action: StepAction, of: number, name = `${action} ${node.id}`): Step => {
    const step: Step = {
      id: name,
      workload: node.id,
      action,
      generation: of,
      dependsOn: last === undefined ? [] : [last.id],
      cause: main,
    };
    own.all.push(step);
    last = step;
    return step;
  };
  const old = (action: 'stop' | 'destroy', of: number): Step => add(action, of, `${action} ${node.id}@${of}`);
  const leftovers = (): void => {
    for (const one of shape.deposed) own.leftovers.push(old('stop', one), old('destroy', one));
  };

  const leaves = shape.destroy && !shape.create;
  if (leaves) leftovers();
  if (!shape.beside) {
    if (shape.stop) own.stop = add('stop', generation);
    if (shape.destroy) own.destroy = add('destroy', generation);
  }
  if (shape.update) own.update = add('update', generation);
  if (shape.create) own.create = add('create', next);
  if (shape.resume) own.resume = add('resume', next);
  if (shape.start) own.start = add('start', next);
  if (shape.wait) own.wait = add('wait', next);
  if (shape.pause) own.pause = add('pause', next);
  if (shape.forget) own.forget = add('forget', generation);
  if (shape.beside) {
    if (shape.stop) own.stop = old('stop', generation);
    if (shape.destroy) own.destroy = old('destroy', generation);
  }
  if (!leaves) leftovers();

  if (own.wait !== undefined) own.wait.condition = node.runsOnce ? 'completed' : 'healthy';
  if (own.update !== undefined && shape.recordOnly) own.update.recordOnly = true;
  if (own.destroy !== undefined && node.dataLoss.length > 0) own.destroy.dataLoss = [...node.dataLoss];
  return own;
}

/** The step after which a dependency has reached a condition; undefined where it has no step for it. */
export function readyStep(own: OwnSteps, condition: 'started' | 'healthy' | 'completed'): Step | undefined {
  const up = own.start ?? own.resume;
  return condition === 'started' ? up : (own.wait ?? up);
}
