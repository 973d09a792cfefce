import { resolve } from 'node:path';
import type { Plan } from '../model/plan.ts';
import { safe } from '../views/text-safety.ts';
import type { Terminal } from './terminal.ts';

/** Says so where a directory holds no project at all: it is likely to be the wrong one. */
export function tellEmpty(plan: Pick<Plan, 'changes' | 'mode'>, dir: string | undefined, terminal: Terminal): void {
  if (plan.changes.length > 0 || plan.mode !== 'apply') return;
  terminal.err(noDescriptors(dir));
}

/** That there is no descriptor, and how to begin. */
export function noDescriptors(dir: string | undefined): string {
  return `Note: there is no descriptor in ${safe(resolve(dir ?? '.'))}. \`pj init\` writes one to start from.\n`;
}
