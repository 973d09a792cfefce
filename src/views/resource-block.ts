import { isObject, type Json, type Pointer } from '../model/json.ts';
import { type ActionSymbol, actionSymbol, headerLines } from './action-words.ts';
import { type BlockLine, blockLineDiff, blockLineText } from './block-line.ts';
import { type CauseContext, causeText, stoppedText } from './cause-text.ts';
import { type LineDiff, loadLineDiff, wholeLines } from './line-diff.ts';
import type { Paint } from './paint.ts';
import type { PlanDocument } from './plan-document.ts';
import type { ChangePj, ResourceChangeJson, ResourceDriftJson } from './plan-json-types.ts';
import { safe } from './text-safety.ts';
import { memberLines } from './value-lines.ts';
import { nodesOf } from './value-node.ts';

/** One workload's part of a plan, before it is text. */
export interface ResourceBlock {
  address: string;
  /** Comment lines without `# `. */
  header: string[];
  symbol: ActionSymbol;
  /** `resource "pj_native" "web"`. */
  title: string;
  lines: BlockLine[];
  /** Why the whole changes, at its closing brace. */
  note?: string;
}

/** How blocks are made. */
export interface BlockOptions extends CauseContext {
  /** Unchanged values too. */
  full: boolean;
  lineDiff: LineDiff;
}

const ALWAYS = new Set(['id', 'name']);
/** Spaces before the symbol of a first-level attribute. */
const INDENT = 6;

/** The block of a planned change. */
export function changeBlock(change: ResourceChangeJson, options: BlockOptions): ResourceBlock {
  const notes = notesOf(change.pj, options);
  const [before, after] = nodesOf(change.change, change.pj.fingerprints);
  const symbol = actionSymbol(change.pj.action);
  // What is forgotten stays as it is: nothing of it is removed.
  const now = change.pj.action === 'forget' ? before : after;
  const lines = memberLines(before, now, '', INDENT, { ...options, notes }, ALWAYS);
  const whole = notes.get('');
  return {
    address: safe(change.address),
    header: headerLines(change, options),
    symbol,
    title: title(change),
    lines,
    ...(whole !== undefined && { note: whole.join(', ') }),
  };
}

/** The block of something that moved in reality. */
export function driftBlock(drift: ResourceDriftJson, options: BlockOptions): ResourceBlock {
  const [before, after] = nodesOf(drift.change, drift.pj.fingerprints);
  const name = safe(drift.address);
  return {
    address: name,
    header: driftHeader(drift, options),
    symbol: drift.pj.what === 'gone' ? '  -' : '  ~',
    title: title(drift),
    lines: memberLines(before, after, '', INDENT, { ...options, notes: new Map() }, ALWAYS),
  };
}

function driftHeader(drift: ResourceDriftJson, context: CauseContext): string[] {
  const name = safe(drift.address);
  const { what, since, detail } = drift.pj;
  const told = {
    ...(since !== undefined && { since }),
    ...(detail !== undefined && { detail }),
  };
  const why = causeText({ type: 'drift', what, ...told }, context);
  if (what === 'stopped') return [`${name} has stopped`, `(${stoppedText(told, context)})`];
  const words = what === 'gone' ? 'has been deleted' : 'has changed';
  return since === undefined && detail === undefined ? [`${name} ${words}`] : [`${name} ${words}`, `(${why ?? ''})`];
}

function title(resource: { type: string; name: string }): string {
  return `resource "${safe(resource.type)}" "${safe(resource.name)}"`;
}

/** Notes by path: what it forces, and why it changes where that is not the user's doing. */
function notesOf(pj: ChangePj, context: CauseContext): Map<Pointer, string[]> {
  const notes = new Map<Pointer, string[]>();
  const add = (path: Pointer, note: string) => {
    const already = notes.get(path);
    if (already === undefined) notes.set(path, [note]);
    else if (!already.includes(note)) already.push(note);
  };
  const replaces = pj.action === 'replace' || pj.action === 'create-before-destroy';
  const forces = replaces ? 'forces replacement' : pj.update_class === 'restart' ? 'forces restart' : undefined;
  if (forces !== undefined) for (const path of pj.forced_by) add(path, forces);
  for (const difference of pj.differences) {
    const cause = causeText(difference.cause, context);
    if (cause !== undefined) add(difference.path, cause);
  }
  return notes;
}

/** A block as Terraform prints it. */
export function blockText(block: ResourceBlock, paint: Paint): string[] {
  const note = block.note === undefined ? '' : ` ${paint.remove(`# ${block.note}`)}`;
  return [
    ...block.header.map((text, i) => `  # ${i === 0 ? paint.strong(text) : text}`),
    `${paintedSymbol(block.symbol, paint)} ${block.title} {`,
    ...block.lines.map((line) => blockLineText(line, paint)),
    `    }${note}`,
  ];
}

/** A block for a ```diff fence. */
export function blockDiff(block: ResourceBlock): string[] {
  const mark = { '  +': '+', '  -': '-', '  ~': '!', '-/+': '!', '+/-': '!', '  .': ' ', '   ': ' ' }[block.symbol];
  const shown = block.symbol === '-/+' || block.symbol === '+/-' ? `${block.symbol} ` : '  ';
  return [
    ...block.header.map((text) => `  # ${text}`),
    `${mark} ${shown}${block.title} {`.trimEnd(),
    ...block.lines.map(blockLineDiff),
    `    }${block.note === undefined ? '' : ` # ${block.note}`}`,
  ];
}

function paintedSymbol(symbol: ActionSymbol, paint: Paint): string {
  if (symbol === '-/+') return `${paint.remove('-')}/${paint.add('+')}`;
  if (symbol === '+/-') return `${paint.add('+')}/${paint.remove('-')}`;
  if (symbol === '  +') return `  ${paint.add('+')}`;
  if (symbol === '  -') return `  ${paint.remove('-')}`;
  return symbol === '  ~' ? `  ${paint.change('~')}` : symbol;
}

/** The line diff that a document needs: the library is loaded only where a value of several lines changes. */
export async function lineDiffFor(document: Pick<PlanDocument, 'changes' | 'drift'>): Promise<LineDiff> {
  const sides = [...document.changes, ...document.drift].map((resource) => resource.change);
  const needed = sides.some(
    ({ before, after }) => before !== null && after !== null && (hasLines(before) || hasLines(after)),
  );
  return needed ? loadLineDiff() : wholeLines;
}

function hasLines(value: Json | undefined): boolean {
  if (typeof value === 'string') return value.includes('\n');
  if (Array.isArray(value)) return value.some(hasLines);
  return isObject(value) && Object.values(value).some(hasLines);
}
