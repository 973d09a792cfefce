import { EXIT, PjError } from '../errors.ts';
import type { Plan } from '../model/plan.ts';
import { shellWord } from '../model/shell-word.ts';
import type { Applied, ApplyRequest, ImperativeCommand, ProjectOptions } from '../project/options.ts';
import type { Project } from '../project/project.ts';
import { VERSION } from '../version.ts';
import type { Ending } from '../views/apply-summary.ts';
import { approve, needsSomebody, type Question } from './approval.ts';
import { tellEmpty } from './empty-project.ts';
import { takeInterrupts } from './interrupts.ts';
import { planText } from './show-plan.ts';
import type { Terminal } from './terminal.ts';
import { watch } from './watch.ts';

/** A command that carries a plan out. */
export interface ApplyRun {
  operation: 'apply' | 'destroy';
  /** An imperative command and the workloads that it names. */
  imperative?: { command: ImperativeCommand; ids: readonly string[] };
  /** Its words, for messages: `pj apply`. */
  command: string;
  /** How to go on with it where it did not come to its end; default: as the result tells. */
  again?: string;
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
    ending: endingOf(run),
    version: VERSION,
  });
  const interrupts = takeInterrupts();
  let planned: Plan | undefined;
  let shown = false;
  const show = async (plan: Plan | undefined) => {
    if (shown || plan === undefined || run.json) return;
    shown = true;
    if (run.imperative !== undefined) await warn(plan, terminal);
    if (run.show === undefined) return;
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
        if (run.imperative !== undefined) return !interrupts.drain.aborted;
        if (run.question === undefined) watching.say('\n');
        else if (!(await approve(run.question(plan), terminal, interrupts))) return false;
        return !interrupts.drain.aborted;
      },
    });
    await show(applied.plan);
    if (applied.outcome === 'declined')
      terminal.err(`\n${run.operation === 'destroy' ? 'Destroy' : 'Apply'} cancelled. Nothing was done.\n`);
    if (applied.outcome === 'none') {
      watching.say(nothingDone(run, applied.plan));
      tellEmpty(applied.plan, run.options.dir, terminal);
    }
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

/** What an imperative command leaves undone, or leaves others in: its plan is not shown. */
async function warn(plan: Plan, terminal: Terminal): Promise<void> {
  const { warningText } = await import('../views/diagnostic.ts');
  const screen = await terminal.errScreen();
  for (const warning of plan.warnings) terminal.err(`${warningText(warning, screen)}\n`);
}

/** What its last sentence is about, and how to call it again. A value that was given may be a secret, so it is not repeated. */
function endingOf({ operation, command, again, imperative, options }: ApplyRun): Ending {
  const flags = [
    ...(options.dir === undefined ? [] : [`--dir ${shellWord(options.dir)}`]),
    ...Object.keys(options.vars ?? {}).map((name) => `--var ${shellWord(name)}=...`),
    ...(options.varFiles ?? []).map((file) => `--var-file ${shellWord(file)}`),
  ];
  if (imperative === undefined) return { verb: operation, ...(again === undefined ? {} : { again }), flags };
  return { verb: imperative.command, again: [command, ...imperative.ids].join(' '), flags };
}

const ALREADY = { start: 'running', stop: 'stopped', restart: 'running', pause: 'paused', resume: 'running' } as const;

function nothingDone({ operation, imperative }: ApplyRun, plan: Plan): string {
  if (imperative !== undefined) {
    const warned = new Set(plan.warnings.map((warning) => warning.workload));
    const same = imperative.ids.filter((id) => !warned.has(id));
    if (same.length === 0) return 'Nothing to do.\n';
    return `Nothing to do: ${same.join(', ')} ${same.length === 1 ? 'is' : 'are'} ${ALREADY[imperative.command]} already.\n`;
  }
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
