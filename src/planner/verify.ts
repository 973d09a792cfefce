import { PjError } from '../errors.ts';
import type { Plan, Step } from '../model/plan.ts';
import { wavesOf } from './waves.ts';

/**
 * Checks what every plan holds to, for plans that come from a file: step ids are unique, what they depend on is there, no
 * cycle, each step's workload has a change that names it, and a spec where it needs one. Throws PJ2010 with the first thing that is wrong.
 */
export function verifyPlan(plan: Plan): void {
  const problem = problemIn(plan);
  if (problem !== undefined) throw new PjError('PJ2010', { reason: problem });
}

function problemIn(plan: Plan): string | undefined {
  const steps = new Map<string, Step>();
  for (const step of plan.steps) {
    if (steps.has(step.id)) return `two steps are called "${step.id}"`;
    steps.set(step.id, step);
  }
  const changes = new Map(plan.changes.map((change) => [change.id, change]));
  if (changes.size !== plan.changes.length) return 'a workload has two changes';
  for (const step of plan.steps) {
    const missing = step.dependsOn.find((id) => !steps.has(id));
    if (missing !== undefined) return `step "${step.id}" depends on "${missing}", which is not in it`;
    const change = changes.get(step.workload);
    if (change === undefined) return `step "${step.id}" is of ${step.workload}, which it does not know`;
    if (change.refused !== undefined) return `step "${step.id}" is of ${step.workload}, which is refused`;
    if (!change.steps.includes(step.id)) return `the change of ${step.workload} does not name step "${step.id}"`;
    if (needsSpec(step, plan)) return `step "${step.id}" has no spec for ${step.workload}`;
    if (step.action === 'wait' && step.condition === undefined)
      return `step "${step.id}" does not say what it waits for`;
  }
  for (const change of plan.changes) {
    const unknown = change.steps.find((id) => steps.get(id)?.workload !== change.id);
    if (unknown !== undefined) return `the change of ${change.id} names "${unknown}", which is no step of it`;
  }
  const waves = wavesOf(plan.steps);
  if (waves.reduce((sum, wave) => sum + wave.length, 0) !== steps.size) return 'its steps wait for each other';
  const told = plan.waves.map((wave) => wave.join('\n')).join('\n\n');
  return told === waves.map((wave) => wave.join('\n')).join('\n\n')
    ? undefined
    : 'its waves are not those of its steps';
}

function needsSpec(step: Step, plan: Plan): boolean {
  if (step.action === 'stop' || step.action === 'destroy' || step.action === 'forget') return false;
  return !Object.hasOwn(plan.workloads, step.workload);
}
