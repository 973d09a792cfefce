import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import { ago } from './age.ts';
import { blockLineText } from './block-line.ts';
import { wholeLines } from './line-diff.ts';
import { markdownCode, markdownText } from './markdown-escape.ts';
import { paintWith, type Screen } from './paint.ts';
import { stateResource } from './state-json.ts';
import { safe } from './text-safety.ts';
import { memberLines } from './value-lines.ts';
import { nodeOf } from './value-node.ts';
import { truncate } from './width.ts';

/** The state for people, a block a workload as `terraform show` has it. `ids`: only these. */
export function stateToText(snapshot: Snapshot | undefined, screen: Screen, ids?: readonly string[]): string {
  if (snapshot === undefined) return 'The state is empty: nothing is applied here yet.\n';
  const paint = paintWith(screen.chalk);
  const records = recordsOf(snapshot, ids);
  if (records.length === 0) return 'The state is empty. No workloads are represented.\n';
  const blocks = records.map((record) => {
    const resource = stateResource(record);
    const values = nodeOf(resource.values, false, resource.sensitive_values, undefined, '');
    const options = { full: true, lineDiff: wholeLines, notes: new Map() };
    const lines = memberLines(values, values, '', 2, options).map((line) => blockLineText(line, paint));
    const attributes = nodeOf(record.attributes, false, false, undefined, '');
    const told = memberLines(attributes, attributes, '', 2, options).map(
      (line) => `# ${blockLineText(line, paint).slice(4)}`,
    );
    return [
      `# ${paint.strong(safe(resource.address))}: ${stateWords(record, screen.now)}`,
      ...told,
      `resource "${safe(resource.type)}" "${safe(resource.name)}" {`,
      ...lines,
      '}',
    ].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

/** The state as a markdown table. */
export function stateToMarkdown(snapshot: Snapshot | undefined, now: Date): string {
  const records = snapshot === undefined ? [] : recordsOf(snapshot);
  if (records.length === 0) return 'The state is empty.\n';
  const rows = records.map((record) => {
    const address = record.attributes['address'];
    const cells = [
      markdownCode(record.id),
      record.kind,
      stateWords(record, now),
      typeof address === 'string' ? address : '',
      record.lastError === undefined ? '' : truncate(record.lastError.message, 200),
    ];
    return `| ${cells.map((cell, i) => (i === 0 ? cell : markdownText(cell))).join(' | ')} |`;
  });
  return `${['| workload | kind | state | address | last error |', '| --- | --- | --- | --- | --- |', ...rows].join('\n')}\n`;
}

/** One id a line, sorted: `pj state list`. */
export function stateList(snapshot: Snapshot | undefined): string {
  const records = snapshot === undefined ? [] : recordsOf(snapshot);
  return records.map((record) => `${safe(record.id)}\n`).join('');
}

function recordsOf(snapshot: Snapshot, ids?: readonly string[]): WorkloadRecord[] {
  return Object.values(snapshot.workloads)
    .filter((record) => ids === undefined || ids.includes(record.id))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function stateWords(record: WorkloadRecord, now: Date): string {
  const health = record.health === 'none' ? '' : `, ${record.health}`;
  const state = record.completed ? 'COMPLETED' : record.state;
  const when = ago(record.updatedAt, now);
  const error = record.lastError === undefined ? '' : `; last error: ${safe(record.lastError.message)}`;
  const deposed = (record.deposed ?? []).length === 0 ? '' : `; ${record.deposed?.length} deposed`;
  return `${state}${health}${when === undefined ? '' : `, ${when}`}${deposed}${error}`;
}
