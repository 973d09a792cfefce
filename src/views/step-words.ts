import type { Step, StepAction } from '../model/plan.ts';

/** Words for one action: while it runs, how it goes on, when it ended. */
interface StepWords {
  doing: string;
  done: string;
}

/** As Terraform words create, update and destroy; pj's own actions in the same manner. */
const WORDS: Record<StepAction, StepWords> = {
  create: { doing: 'Creating', done: 'Creation complete' },
  update: { doing: 'Modifying', done: 'Modifications complete' },
  destroy: { doing: 'Destroying', done: 'Destruction complete' },
  start: { doing: 'Starting', done: 'Started' },
  stop: { doing: 'Stopping', done: 'Stopped' },
  pause: { doing: 'Pausing', done: 'Paused' },
  resume: { doing: 'Resuming', done: 'Resumed' },
  forget: { doing: 'Forgetting', done: 'Forgotten' },
  wait: { doing: 'Waiting', done: 'Ready' },
};

/** Said behind the name of a workload where a step is not on the instance that people mean: an older one, or one that no state knows. */
export function which(step: Pick<Step, 'id' | 'generation' | 'cause'>): string {
  if (step.cause.type === 'orphan') return ' (orphan)';
  return step.id.endsWith(`@${step.generation}`) ? ' (replaced instance)' : '';
}

/** `Creating`, `Waiting until healthy`. */
export function doing(step: Pick<Step, 'action' | 'condition'>): string {
  if (step.action !== 'wait') return WORDS[step.action].doing;
  return step.condition === undefined ? WORDS.wait.doing : `Waiting until ${step.condition}`;
}

/** `Creation complete`, `Healthy`. */
export function done(step: Pick<Step, 'action' | 'condition'>): string {
  if (step.action !== 'wait' || step.condition === undefined) return WORDS[step.action].done;
  return step.condition === 'healthy' ? 'Healthy' : 'Completed';
}
