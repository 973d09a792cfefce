import { EXIT, PjError } from '../errors.ts';
import type { Plan } from '../model/plan.ts';
import type { Applied, ApplyRequest, ProjectOptions } from '../project/options.ts';
import type { Project } from '../project/project.ts';
import { VERSION } from '../version.ts';
import { approve, needsSomebody, type Question } from './approval.ts';
import { takeInterrupts } from './interrupts.ts';
import { planText } from './show-plan.ts';
import type { Terminal } from './terminal.ts';
import { watch } from './watch.ts';

/** A command that carries a plan out. */
export interface ApplyRun {
  operation: 'apply' | 'destroy';
  /** Its words, for messages: `pj apply`. */
  command: string;
  options: ProjectOptions;
  request: ApplyRequest;
  /** Asked unless it was approved before; `undefined`: needs no approval. */
  question: ((plan: Plan) => Question) | undefined;
  /** Show the plan first. */
  show: { summary: boolean; full: boolean } | undefined;
  json: boolean;
  jsonInto: string | undefined;
  /** Does it: apply, destroy, or one imperative command. */
  execute(project: Project, request: ApplyRequest): Promise<Applied>;
}

/** Plans, shows, asks and executes; interrupts are honoured throughout. Gives the exit code. */
export async function runApply(run: ApplyRun, terminal: Terminal): Promise<number> {
  if (run.question !== undefined) {
    if (run.json) throw new PjError('PJ6007', { command: run.command, why: 'with --json nothing is asked' });
    needsSomebody(run.command, terminal);
  }
  const watching = await watch(terminal, {
    json: run.json,
    jsonInto: run.jsonInto,
    operation: run.operation,
    version: VERSION,
  });
  const interrupts = takeInterrupts();
  let planned: Plan | undefined;
  let shown = false;
  const show = async (plan: Plan | undefined) => {
    if (shown || plan === undefined || run.show === undefined || run.json) return;
    shown = true;
    watching.say(await planText(plan, run.show, terminal));
  };
  try {
    const { openProject } = await import('../project/open.ts');
    const project = openProject({
      ...run.options,
      onEvent: (event) => {
        if (event.type === 'plan_complete') planned = event.plan;
        watching.listen(event);
      },
      signal: interrupts.drain,
    });
    const applied = await run.execute(project, {
      ...run.request,
      drain: interrupts.drain,
      abort: interrupts.abort,
      approve: async (plan) => {
        await show(plan);
        if (run.question === undefined) watching.say('\n');
        else if (!(await approve(run.question(plan), terminal, interrupts))) return false;
        return !interrupts.drain.aborted;
      },
    });
    await show(applied.plan);
    if (applied.outcome === 'declined')
      terminal.err(`\n${run.operation === 'destroy' ? 'Destroy' : 'Apply'} cancelled. Nothing was done.\n`);
    if (applied.outcome === 'none') watching.say(nothingDone(run.operation));
    const code = exitCode(applied);
    return code === EXIT.ok ? code : (interrupts.exitCode() ?? code);
  } catch (error) {
    // What a guard refuses is still worth seeing.
    await show(planned);
    watching.fail(error);
    const code = interrupts.exitCode();
    if (code === undefined) throw error;
    if (isAbort(error)) terminal.err('\nInterrupted. Nothing was done.\n');
    else await (await import('./show-error.ts')).showError(error, terminal);
    return code;
  } finally {
    interrupts.dispose();
    await watching.close();
  }
}

function nothingDone(operation: ApplyRun['operation']): string {
  return operation === 'destroy'
    ? '\nDestroy complete! Resources: 0 destroyed.\n'
    : '\nApply complete! Resources: 0 added, 0 changed, 0 destroyed.\n';
}

/** The exit code for how an apply ended. */
function exitCode({ outcome }: Applied): number {
  switch (outcome) {
    case 'ok':
    case 'none':
      return EXIT.ok;
    case 'declined':
      return EXIT.declined;
    case 'failed':
      return EXIT.error;
    case 'partial':
      return EXIT.partial;
    case 'interrupted':
      return EXIT.interrupted;
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || ('code' in error && error.code === 'ABORT_ERR'));
}
