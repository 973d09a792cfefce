import type { ChangeAction, Plan } from '../model/plan.ts';
import { ACTION_WORD, actionSymbol, LEGEND } from './action-words.ts';
import { type CauseContext, causeText, stoppedText } from './cause-text.ts';
import { type Paint, paintWith, type Screen } from './paint.ts';
import { configuredPaths, documentOf, type PlanDocument } from './plan-document.ts';
import { effectLines, waveLines } from './plan-effects.ts';
import type { PlanJson, ResourceChangeJson } from './plan-json-types.ts';
import { isEmpty, noChangesSentences, planSentence } from './plan-sentences.ts';
import { type BlockOptions, blockText, changeBlock, driftBlock, lineDiffFor } from './resource-block.ts';
import { table } from './table.ts';
import { safe } from './text-safety.ts';
import { columns, wrap } from './width.ts';
import { blockIds } from './wording.ts';

/** How much of a plan is shown: one line a workload; what changes; everything. */
type PlanDetail = 'summary' | 'default' | 'full';

export interface PlanTextOptions extends Screen {
  mode: PlanDetail;
}

/**
 * A plan for people, in Terraform's conventions and exact words, ending in a newline. Reads the JSON form (of a plan it makes
 * only what it shows), so the two cannot disagree. Values from outside are made safe for a terminal.
 */
export async function planToText(source: Plan | PlanJson, options: PlanTextOptions): Promise<string> {
  const document = documentOf(source);
  const paint = paintWith(options.chalk);
  const context: CauseContext = { now: options.now, addressOf: document.addressOf };
  const width = Math.max(40, options.width);
  const sections =
    options.mode === 'summary'
      ? [summaryLines(document, context, width, paint)]
      : await detailSections(document, context, { full: options.mode === 'full', width, paint });
  sections.push(...endSections(document, options.mode, width, paint));
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

async function detailSections(
  document: PlanDocument,
  context: CauseContext,
  options: { full: boolean; width: number; paint: Paint },
): Promise<string[][]> {
  const { paint, width } = options;
  const block: BlockOptions = { ...context, full: options.full, lineDiff: await lineDiffFor(document) };
  const sections: string[][] = [];
  if (document.drift.length > 0) {
    sections.push([paint.strong('Note: Objects have changed outside of pj')]);
    sections.push(
      wrap(
        'pj detected the following changes made outside of pj since the last "pj apply". All of them are shown:',
        width,
      ),
    );
    for (const drift of document.drift) sections.push(blockText(driftBlock(drift, block), paint));
    sections.push(...driftEnd(document, width));
  }
  if (document.changes.length > 0) {
    const used = new Set(document.changes.map((change) => actionSymbol(change.pj.action)));
    const legend = LEGEND.filter(([symbol]) => used.has(symbol)).map(([symbol, words]) => `${symbol} ${words}`);
    const intro =
      'pj used the selected providers to generate the following execution plan. Resource actions are indicated with the following symbols:';
    if (legend.length > 0) sections.push([...wrap(intro, width), ...legend]);
    sections.push([paint.strong('pj will perform the following actions:')]);
    for (const change of document.changes) sections.push(blockText(changeBlock(change, block), paint));
  }
  if (options.full && document.unchanged.length > 0)
    sections.push(
      blockIds(
        'Unchanged: ',
        document.unchanged.map((id) => safe(document.addressOf(id))),
        width,
      ),
    );
  return sections;
}

function driftEnd(document: PlanDocument, width: number): string[][] {
  if (document.pj.mode === 'refresh-only')
    return [
      wrap(
        'This is a refresh-only plan, so pj will not take any actions to undo these. "pj plan" shows what it would do about them.',
        width,
      ),
    ];
  if (document.changes.length === 0) return [];
  return [
    wrap(
      'Unless you have made equivalent changes to your configuration, or ignored the relevant paths using ignoreChanges, the following plan may include actions to undo or respond to these changes.',
      width,
    ),
    ['-'.repeat(Math.min(width, 78))],
  ];
}

function endSections(document: PlanDocument, mode: PlanDetail, width: number, paint: Paint): string[][] {
  const effects = effectLines(document, width, paint);
  if (isEmpty(document)) {
    // Terraform: a refresh-only plan that found something does not say that nothing changed.
    if (document.pj.mode === 'refresh-only' && document.drift.length > 0) return [effects];
    const [sentence, meaning] = noChangesSentences(document);
    return [[paint.good(sentence)], wrap(meaning, width), effects];
  }
  const plan = planSentence(document.pj.summary);
  const end = [paint.strong(plan), ...effects];
  return mode === 'summary' ? [end] : [end, waveLines(document, width, mode === 'full', paint)];
}

/** Columns that the reason needs beside the names. */
const WHY_COLUMNS = 24;

/** One line a workload: symbol, address, what is done, why, and whether it goes down. Drift without a change is told too. */
function summaryLines(document: PlanDocument, context: CauseContext, width: number, paint: Paint): string[] {
  const planned = new Set(document.changes.map((change) => change.pj.id));
  const colour = (text: string, row: number) => colourOf(document.changes[row]?.pj.action, paint)(text);
  const changes = document.changes.map((change) => [
    actionSymbol(change.pj.action),
    safe(change.address),
    change.pj.action === 'no-op' ? 'moved' : ACTION_WORD[change.pj.action],
    why(change, context),
  ]);
  const drift = document.drift
    .filter((d) => !planned.has(d.pj.id))
    .map((d) => {
      const { what, since, detail } = d.pj;
      const told = { ...(since !== undefined && { since }), ...(detail !== undefined && { detail }) };
      const text =
        what === 'stopped' ? stoppedText(told, context) : causeText({ type: 'drift', what, ...told }, context);
      return ['   ', safe(d.address), 'drifted', text ?? ''];
    });
  const rows = [...changes, ...drift];
  if (rows.length === 0) return [];
  const head = [{ title: '', paint: colour }, { title: '' }, { title: '' }, { title: '' }];
  const before = Math.max(...rows.map((row) => columns(row.slice(0, 3).join('  '))));
  if (width - before >= WHY_COLUMNS) return table(head, rows, { width });
  // No room beside such names: what is done follows each at once, and why goes below.
  return rows.flatMap(([symbol = '', name = '', action = '', text = ''], i) => [
    `${colour(symbol, i)}  ${name}  ${action}`.trimEnd(),
    ...(text === '' ? [] : wrap(text, width - 8).map((part) => `        ${part}`)),
  ]);
}

/** What a change does and why, on one line, the worst first: refusal, lost data, downtime, causes, the paths that differ. */
function why(change: ResourceChangeJson, context: CauseContext): string {
  const { pj } = change;
  const parts: string[] = [];
  if (pj.refused !== undefined) parts.push(`REFUSED: ${safe(pj.refused.message)}`);
  if (pj.data_loss.length > 0) parts.push('LOSES DATA');
  if (pj.downtime) parts.push(change.pj.action === 'delete' ? 'goes down for good' : 'goes down');
  if (change.previous_address !== undefined) parts.push(`moved from ${safe(change.previous_address)}`);
  if (pj.causes[0]?.type === 'removed') parts.push('not in configuration');
  for (const cause of pj.causes) {
    const text =
      cause.type === 'drift' && cause.what === 'stopped' ? stoppedText(cause, context) : causeText(cause, context);
    if (text !== undefined && !parts.includes(text)) parts.push(text);
  }
  const configured = configuredPaths(pj).map(safe);
  if (configured.length > 3)
    parts.push(`${configured.slice(0, 3).join(', ')} and ${configured.length - 3} more changed`);
  else if (configured.length > 0) parts.push(`${configured.join(', ')} changed`);
  return parts.join('; ');
}

function colourOf(action: ChangeAction | undefined, paint: Paint): (text: string) => string {
  if (action === 'create') return paint.add;
  if (action === 'delete') return paint.remove;
  return action === undefined || action === 'no-op' || action === 'forget' ? (text) => text : paint.change;
}
