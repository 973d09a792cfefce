import type { Plan } from '../model/plan.ts';
import { ACTION_WORD } from './action-words.ts';
import { type CauseContext, causeText, headerCause } from './cause-text.ts';
import { commentText, fenceFor, markdownCode, markdownText } from './markdown-escape.ts';
import { configuredPaths, documentOf, type PlanDocument } from './plan-document.ts';
import type { PlanJson, ResourceChangeJson } from './plan-json-types.ts';
import { isEmpty, noChangesSentences, planSentence } from './plan-sentences.ts';
import { type BlockOptions, blockDiff, changeBlock, driftBlock, lineDiffFor } from './resource-block.ts';
import { truncate } from './width.ts';
import { plural } from './wording.ts';

/** Characters that a comment on GitHub may have. JavaScript's count is never less than GitHub's. */
export const COMMENT_LIMIT = 65_536;

export interface MarkdownOptions {
  now: Date;
  /** Characters at most. @default COMMENT_LIMIT */
  limit?: number;
}

/** The hidden first line by which a bot finds its earlier comment of the same project. */
export function commentMarker(project: string): string {
  return `<!-- pj-plan:${commentText(project)} -->`;
}

/**
 * A plan as a pull request comment: marker, verdict, warnings, a table of workloads, the details folded. Never longer than the
 * limit: details go first, then table rows, and what was cut is said.
 */
export async function planToMarkdown(source: Plan | PlanJson, options: MarkdownOptions): Promise<string> {
  const document = documentOf(source);
  const context: CauseContext = { now: options.now, addressOf: document.addressOf };
  const limit = options.limit ?? COMMENT_LIMIT;
  const title = [
    commentMarker(truncate(document.pj.project, 200)),
    `### pj plan: ${markdownText(truncate(document.pj.project, 200))}`,
    '',
    `**${verdict(document)}**`,
    '',
  ];
  // Each part may take half of what the parts before it left; the last takes the rest.
  const room = limit - length(title);
  const alerts = cut(alertLines(document), room / 4, (n) => [`- ... and ${plural(n, 'more line')}`]);
  const tableRoom = (room - length(alerts)) / 2;
  const rows = cut(tableRows(document, context), tableRoom - 400, (n) => [
    '',
    `_... and ${plural(n, 'more workload')} that the table has no room for._`,
  ]);
  const head =
    rows.length === 0
      ? []
      : ['| | workload | action | cause | downtime |', '| --- | --- | --- | --- | --- |', ...rows, ''];
  const drift = cut(driftRows(document, context), tableRoom / 4, (n) => [`- ... and ${plural(n, 'more drift')}`]);
  const before = [...title, ...gap(alerts), ...head, ...gap(drift)];
  const details = await detailLines(document, context, limit - length(before));
  return `${[...before, ...details].join('\n').trimEnd()}\n`;
}

function gap(lines: string[]): string[] {
  return lines.length === 0 ? [] : [...lines, ''];
}

function length(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

/** As many lines as fit in that many characters; `rest` tells how many did not. */
function cut(lines: string[], room: number, rest: (count: number) => string[]): string[] {
  if (length(lines) <= room) return lines;
  const out: string[] = [];
  let left = room - 80;
  for (const line of lines) {
    left -= line.length + 1;
    if (left < 0) break;
    out.push(line);
  }
  return [...out, ...rest(lines.length - out.length)];
}

/** One line: Terraform's sentence, and what it means for those who use the workloads. */
function verdict(document: PlanDocument): string {
  const { effects, mode, summary } = document.pj;
  const drift = document.drift.length === 0 ? '' : ` ${plural(document.drift.length, 'workload')} changed outside pj.`;
  if (isEmpty(document)) {
    if (mode === 'refresh-only' && drift !== '') return drift.trim();
    return noChangesSentences(document)[0] + drift;
  }
  const parts = [planSentence(summary)];
  if (effects.refused.length > 0) parts.push(`REFUSED for ${plural(effects.refused.length, 'workload')}.`);
  if (effects.loses_data.length > 0) parts.push('Data is lost.');
  const down = effects.goes_down.length + effects.stays_down.length;
  const doing = [
    ...(effects.restarts.length > 0
      ? [`${effects.restarts.length} ${effects.restarts.length === 1 ? 'restarts' : 'restart'}`]
      : []),
    ...(down > 0 ? [`${down} ${down === 1 ? 'goes' : 'go'} down`] : []),
  ];
  parts.push(doing.length > 0 ? `${doing.join(', ')}.` : 'Nothing that runs goes down.');
  return parts.join(' ') + drift;
}

function alertLines(document: PlanDocument): string[] {
  const { effects, warnings } = document.pj;
  const at = (id: string) => markdownCode(document.addressOf(id));
  return [
    ...effects.refused.map((r) => `- **Refused:** ${at(r.id)}: ${text(r.message)} (${text(r.code)})`),
    ...effects.loses_data.map((d) => `- **Data is lost:** ${at(d.id)}: ${text(d.what.join('; '))}`),
    ...document.pj.orphans
      .filter((orphan) => !orphan.kept && !document.pj.options.prune)
      .map(
        ({ address, name }) =>
          `- **Orphan:** ${markdownCode(address)}${name === undefined ? '' : ` (${text(name)})`}: not in the state; \`--prune\` removes it`,
      ),
    ...warnings.map((w) => {
      const where = w.workload === undefined ? '' : `${at(w.workload)}: `;
      return `- **Warning:** ${where}${text(w.message)} (${text(w.code)})`;
    }),
  ];
}

/** User text in the comment; a long one is cut, as one cell must not eat the whole comment. */
function text(value: string): string {
  return markdownText(truncate(value.replace(/\s+/g, ' '), 300));
}

const MARK: Record<string, string> = { create: '+', delete: '-', replace: '-/+', 'create-before-destroy': '+/-' };

function tableRows(document: PlanDocument, context: CauseContext): string[] {
  return document.changes.map((change) => {
    const { pj } = change;
    const mark = pj.action === 'no-op' || pj.action === 'forget' ? '' : markdownCode(MARK[pj.action] ?? '~');
    const action = pj.action === 'no-op' ? 'moved' : ACTION_WORD[pj.action];
    const refused = pj.refused === undefined ? '' : ' (**refused**)';
    const cells = [
      mark,
      markdownCode(change.address),
      `${action}${refused}`,
      text(causes(change, context)),
      downtime(change),
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

function causes(change: ResourceChangeJson, context: CauseContext): string {
  const { pj } = change;
  const told = pj.causes.flatMap((cause) =>
    cause.type === 'removed' ? 'not in configuration' : (headerCause(cause, context) ?? []),
  );
  const paths = configuredPaths(pj);
  const more = paths.length > 3 ? `, ${paths.length - 3} more` : '';
  if (paths.length > 0) told.push(`${paths.slice(0, 3).join(', ')}${more} changed`);
  if (change.previous_address !== undefined) told.push(`moved from ${change.previous_address}`);
  if (told.length === 0 && pj.action === 'create') told.push('new');
  return [...new Set(told)].join('; ');
}

function downtime(change: ResourceChangeJson): string {
  if (!change.pj.downtime) return 'no';
  switch (change.pj.action) {
    case 'restart':
      return 'restarts';
    case 'delete':
    case 'stop':
    case 'pause':
      return 'yes, stays down';
    default:
      return 'yes';
  }
}

function driftRows(document: PlanDocument, context: CauseContext): string[] {
  if (document.drift.length === 0) return [];
  return [
    '**Changed outside pj**',
    '',
    ...document.drift.map((drift) => {
      const { what, since, detail, paths } = drift.pj;
      const told = { ...(since !== undefined && { since }), ...(detail !== undefined && { detail }) };
      const cause = causeText({ type: 'drift', what, ...told }, context) ?? what;
      const where = paths.length === 0 ? '' : ` (${paths.map((p) => p.slice(1)).join(', ')})`;
      return `- ${markdownCode(drift.address)}: ${text(cause + where)}`;
    }),
  ];
}

/** The blocks in a folded diff fence, whole ones as long as there is room; the first that does not fit is cut at a line. */
async function detailLines(document: PlanDocument, context: CauseContext, room: number): Promise<string[]> {
  const options: BlockOptions = { ...context, full: false, lineDiff: await lineDiffFor(document) };
  const total = document.changes.length + document.drift.length;
  if (total === 0) return [];
  // What stands around the blocks; a fence can be no longer than the longest run of backticks in a line that fits.
  let left = room - 400;
  const lines: string[] = [];
  let shown = 0;
  let cutLines = 0;
  const add = (heading: string | undefined, make: () => string[]): boolean => {
    if (left <= 0) return false;
    const block = [...(heading === undefined ? [] : [heading, '']), ...make(), ''];
    // Twice the longest run, for the two fences.
    const cost = length(block) + 2 * Math.max(0, fenceFor(block.join('\n')).length - 3);
    if (cost <= left) {
      lines.push(...block);
      left -= cost;
      shown++;
      return true;
    }
    const fitting = firstLines(block, left);
    lines.push(...fitting);
    cutLines = block.length - fitting.length;
    left = 0;
    return false;
  };
  for (const [i, drift] of document.drift.entries())
    if (!add(i === 0 ? '  # Changed outside pj:' : undefined, () => blockDiff(driftBlock(drift, options)))) break;
  for (const [i, change] of document.changes.entries()) {
    const heading = i === 0 && document.drift.length > 0 ? '  # Planned:' : undefined;
    if (!add(heading, () => blockDiff(changeBlock(change, options)))) break;
  }
  const fence = fenceFor(lines.join('\n'));
  const whole = shown === total;
  const note =
    cutLines > 0 && lines.length > 0
      ? `_Cut to fit into a comment: ${plural(cutLines, 'line')} of one workload and the details of ${total - shown - 1} more are not shown. \`pj plan\` shows all._`
      : `_Cut to fit into a comment: the details of ${plural(total - shown, 'workload')} are not shown. \`pj plan\` shows all._`;
  if (lines.length === 0) return whole ? [] : [note];
  return [
    '<details><summary>Details</summary>',
    '',
    `${fence}diff`,
    ...trimmed(lines),
    fence,
    '',
    '</details>',
    ...(whole ? [] : ['', note]),
  ];
}

function firstLines(block: readonly string[], room: number): string[] {
  const out: string[] = [];
  let left = room;
  for (const line of block) {
    left -= line.length + 1 + 2 * Math.max(0, fenceFor(line).length - 3);
    if (left < 0) break;
    out.push(line);
  }
  return out;
}

function trimmed(lines: string[]): string[] {
  const end = lines.findLastIndex((line) => line !== '');
  return lines.slice(0, end + 1);
}
