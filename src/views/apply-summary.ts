import type { ApplyResult, StepOutcome, StepResult } from '../model/event.ts';
import { took } from './age.ts';
import type { Paint } from './paint.ts';
import type { AddressOf } from './plan-pj.ts';
import { table } from './table.ts';
import { safe, safeLines } from './text-safety.ts';
import { blockIds, plural } from './wording.ts';

/** What a run does, for its last sentence and the command to go on with. */
export interface Ending {
  verb: 'apply' | 'destroy' | 'start' | 'stop' | 'restart' | 'pause' | 'resume';
  /** The command to go on with, where the result does not know it: `pj stop web`. */
  again?: string;
  /** Flags that it needs and the result does not know: `--dir shop`. */
  flags?: readonly string[];
}

/** Rows of one outcome that are shown; of what failed, all are. */
const ROWS = 30;

/**
 * How an apply ended: failed, skipped (and why) and not started steps, the counts and the time, Terraform's last sentence, and
 * the command to go on with. Begins with an empty line.
 */
export function applySummaryLines(
  result: ApplyResult,
  options: { addressOf: AddressOf; ending: Ending; width: number; paint: Paint },
): string[] {
  const { paint } = options;
  const by = (outcome: StepOutcome) => result.steps.filter((step) => step.outcome === outcome);
  const [done, failed, skipped, waiting] = [by('done'), by('failed'), by('skipped'), by('not-started')];
  const lines = [''];
  if (result.outcome !== 'ok') {
    const shown = [...failed, ...skipped.slice(0, ROWS), ...waiting.slice(0, ROWS)];
    const rows = shown.map((step) => [
      word(step),
      safe(step.step),
      step.outcome === 'failed' ? took(step.elapsedMs) : '',
      reason(step),
    ]);
    const colour = (text: string, row: number) =>
      shown[row]?.outcome === 'failed' ? paint.error(text) : paint.warning(text);
    const head = [{ title: '', paint: colour }, { title: '' }, { title: '', align: 'right' as const }, { title: '' }];
    lines.push(...table(head, rows, { indent: '  ' }));
    const hidden = failed.length + skipped.length + waiting.length - shown.length;
    if (hidden > 0) lines.push(`  ... and ${hidden} more skipped or not started`);
    if (shown.length > 0) lines.push('');
  }
  if (result.rolledBack.length > 0)
    lines.push(
      ...blockIds(
        'Rolled back: ',
        result.rolledBack.map((id) => safe(options.addressOf(id))),
        options.width,
      ),
    );
  const counts = `${done.length} done, ${failed.length} failed, ${skipped.length} skipped, ${waiting.length} not started`;
  lines.push(`Steps: ${counts}, in ${took(result.elapsedMs)}.`);
  lines.push(
    result.outcome === 'ok'
      ? paint.good(endSentence(result, options.ending))
      : paint.error(endSentence(result, options.ending)),
  );
  const next = nextCommand(result, options.ending);
  if (next !== undefined) lines.push(`To go on: ${safe(next)}`);
  return lines;
}

/** The command that carries on, or undefined when there is nothing left. */
export function nextCommand(result: ApplyResult, { again, flags = [] }: Ending): string | undefined {
  return result.next === undefined ? undefined : [again ?? result.next, ...flags].join(' ');
}

/**
 * `Apply complete! Resources: 7 added, 0 changed, 0 destroyed.`, as Terraform, or `Stop complete! 1 workload stopped.`; what did
 * not end well never says complete.
 */
export function endSentence(result: ApplyResult, { verb }: Ending): string {
  const how = { ok: 'complete!', failed: 'failed.', partial: 'partly failed.', interrupted: 'interrupted.' };
  if (verb !== 'apply' && verb !== 'destroy')
    return `${verb.charAt(0).toUpperCase()}${verb.slice(1)} ${how[result.outcome]} ${imperativeCounts(result, verb)}.`;
  const destroying = verb === 'destroy';
  const { add, change, destroy, forget } = result.summary;
  const forgotten = forget > 0 ? `, ${forget} forgotten` : '';
  const counts = `${add} added, ${change} changed, ${destroy} destroyed${forgotten}`;
  if (result.outcome === 'ok')
    return destroying
      ? `Destroy complete! Resources: ${destroy} destroyed${forgotten}.`
      : `Apply complete! Resources: ${counts}.`;
  const what = destroying ? 'Destroy' : 'Apply';
  return `${what} ${how[result.outcome]} Resources: ${counts}.`;
}

const DONE_WORD = {
  start: 'started',
  stop: 'stopped',
  pause: 'paused',
  resume: 'resumed',
  restart: 'restarted',
} as const;

/** `2 workloads restarted, 1 started`: what really happened, the command's own first. */
function imperativeCounts(result: ApplyResult, verb: keyof typeof DONE_WORD): string {
  const did = (action: StepResult['action']) =>
    new Set(result.steps.flatMap((step) => (step.action === action && step.outcome === 'done' ? [step.workload] : [])));
  const [stopped, started] = [did('stop'), did('start')];
  const restarted = [...started].filter((id) => stopped.has(id)).length;
  const counts: Record<keyof typeof DONE_WORD, number> = {
    restart: restarted,
    start: started.size - restarted,
    stop: stopped.size - restarted,
    pause: did('pause').size,
    resume: did('resume').size,
  };
  const others = (Object.keys(counts) as (keyof typeof DONE_WORD)[]).filter((one) => one !== verb && counts[one] > 0);
  const text = [`${plural(counts[verb], 'workload')} ${DONE_WORD[verb]}`];
  return [...text, ...others.map((one) => `${counts[one]} ${DONE_WORD[one]}`)].join(', ');
}

function word(step: StepResult): string {
  return step.outcome === 'not-started' ? 'not started' : step.outcome;
}

function reason(step: StepResult): string {
  if (step.outcome === 'failed' && step.error !== undefined)
    return `${safeLines(step.error.message)[0] ?? ''} (${safe(step.error.code)})`;
  if (step.outcome === 'skipped') return step.because === undefined ? '' : `${safe(step.because)} failed`;
  return '';
}
