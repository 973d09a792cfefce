import { isBelow, isObject, type Json, type Pointer, pointer } from '../model/json.ts';
import type { BlockLine, LineSymbol } from './block-line.ts';
import { type LineDiff, withContext } from './line-diff.ts';
import { bytes } from './quantity-text.ts';
import { alignSequences } from './sequence-diff.ts';
import { quoted, safeLine } from './text-safety.ts';
import { type Node, nodeKey, plainNode, sameNode } from './value-node.ts';
import { columns, padEnd } from './width.ts';

/** How values are shown. */
export interface ValueOptions {
  /** Unchanged values too. */
  full: boolean;
  lineDiff: LineDiff;
  /** Notes by pointer: why a path changes, what it forces. */
  notes: ReadonlyMap<Pointer, readonly string[]>;
}

/** Strings longer than this are shown old above new, not side by side. */
const LONG = 100;
const CONTEXT = 3;
const UNKNOWN = '(known after apply)';
/** Spec keys that hold bytes. */
const SIZES = new Set(['memory', 'heap', 'disk', 'size', 'maxSize']);
/** Spec keys that hold maps of the user's own keys, which Terraform would call elements. */
const MAPS = new Set(['env', 'tags', 'properties', 'rlimits', 'ports']);

type PlainString = { type: 'plain'; value: string };
const isString = (node: Node): node is PlainString => node.type === 'plain' && typeof node.value === 'string';

/** The members of two maps, changed ones with their symbol, the others hidden with a count. `always`: keys shown in any case. */
export function memberLines(
  before: Node | undefined,
  after: Node | undefined,
  path: Pointer,
  indent: number,
  options: ValueOptions,
  always: ReadonlySet<string> = new Set(),
): BlockLine[] {
  const old = before?.type === 'map' ? before.entries : new Map<string, Node>();
  const now = after?.type === 'map' ? after.entries : new Map<string, Node>();
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  const shown = keys.filter((key) => {
    const [b, a] = [old.get(key), now.get(key)];
    return options.full || always.has(key) || b === undefined || a === undefined || !sameNode(b, a);
  });
  const names = new Map(shown.map((key) => [key, keyText(key)]));
  const widest = Math.max(0, ...[...names.values()].map(columns));
  const lines = shown.flatMap((key) =>
    valueLines(
      `${padEnd(names.get(key) ?? '', widest)} = `,
      old.get(key),
      now.get(key),
      path + pointer(key),
      indent,
      options,
      '',
    ),
  );
  const hidden = keys.length - shown.length;
  if (hidden > 0) lines.push(hiddenLine(hidden, isMap(path) ? 'element' : 'attribute', indent));
  return lines;
}

function isMap(path: Pointer): boolean {
  return MAPS.has(path.slice(path.lastIndexOf('/') + 1));
}

function hiddenLine(count: number, what: string, indent: number): BlockLine {
  return { indent, symbol: ' ', text: `# (${count} unchanged ${what}${count === 1 ? '' : 's'} hidden)`, faint: true };
}

function keyText(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? key : quoted(key);
}

/** One value, with `label` before it and `end` after it (the comma of a list's element). */
function valueLines(
  label: string,
  before: Node | undefined,
  after: Node | undefined,
  path: Pointer,
  indent: number,
  options: ValueOptions,
  end: string,
): BlockLine[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return noted(wholeLines('+', label, after as Node, indent, end), path, options);
  // An element of a list simply goes; an attribute becomes null.
  if (after === undefined)
    return noted(wholeLines('-', label, before, indent, end === '' ? ' -> null' : end), path, options);
  if (sameNode(before, after)) return noted(wholeLines(' ', label, after, indent, end), path, options);
  if (before.type === 'map' && after.type === 'map') {
    const inside = memberLines(before, after, path, indent + 4, options);
    return noted([line('~', `${label}{`, indent), ...inside, line(' ', `}${end}`, indent)], path, options, 'exact');
  }
  if (before.type === 'list' && after.type === 'list') {
    const inside = elementLines(before.items, after.items, path, indent + 4, options);
    return noted([line('~', `${label}[`, indent), ...inside, line(' ', `]${end}`, indent)], path, options);
  }
  if (isString(before) && isString(after)) {
    const lines = stringLines(label, before.value, after.value, indent, options, end);
    if (lines !== undefined) return noted(lines, path, options);
  }
  return noted(turnLines(label, before, after, indent, end), path, options);
}

/** A value that turns into quite another one: `old -> new`. */
function turnLines(label: string, before: Node, after: Node, indent: number, end: string): BlockLine[] {
  if (before.type === 'secret' && after.type === 'secret') {
    const prints = before.print !== undefined && after.print !== undefined;
    const text = prints ? `(sensitive, changed #${before.print} -> #${after.print})` : '(sensitive value)';
    return [line('~', `${label}${text}${end}`, indent)];
  }
  const [old, now] = [inline(before), inline(after)];
  if (old !== undefined && now !== undefined)
    return [{ ...line('~', `${label}${old} -> ${now}${end}`, indent), ...sizeNote(label, before, after) }];
  if (now !== undefined) {
    const [first, ...others] = wholeLines('-', label, before, indent, ` -> ${now}${end}`);
    return first === undefined ? [] : [{ ...first, symbol: '~' }, ...others];
  }
  const [first, ...others] = wholeLines('+', old === undefined ? '' : `${label}${old} -> `, after, indent, end);
  if (first === undefined) return [];
  if (old !== undefined) return [{ ...first, symbol: '~' }, ...others];
  return [...wholeLines('-', label, before, indent, ' -> null'), ...wholeLines('+', label, after, indent, end)];
}

/** Two strings that differ, where they are better read as JSON or line by line; else undefined. */
function stringLines(
  label: string,
  before: string,
  after: string,
  indent: number,
  options: ValueOptions,
  end: string,
): BlockLine[] | undefined {
  const [b, a] = [parsed(before), parsed(after)];
  if (b !== undefined && a !== undefined) {
    const [old, now] = [plainNode(b), plainNode(a)];
    const inside = sameNode(old, now)
      ? [line(' ', '# whitespace changes', indent + 4)]
      : valueLines('', old, now, '', indent + 4, { ...options, notes: new Map() }, '');
    return [line('~', `${label}jsonencode(`, indent), ...inside, line(' ', `)${end}`, indent)];
  }
  const several = before.includes('\n') || after.includes('\n');
  if (!several && Math.max(before.length, after.length) <= LONG) return undefined;
  const delimiter = heredoc(`${before}\n${after}`);
  // As in a heredoc, a last newline is understood; it is a line of its own only where one side lacks it.
  const ended = before.endsWith('\n') && after.endsWith('\n');
  const diff = ended ? options.lineDiff(before.slice(0, -1), after.slice(0, -1)) : options.lineDiff(before, after);
  const inside = (options.full ? diff : withContext(diff, CONTEXT)).map((entry) =>
    'hidden' in entry
      ? hiddenLine(entry.hidden, 'line', indent + 4)
      : line(entry.symbol, safeLine(entry.text), indent + 4),
  );
  return [line('~', `${label}<<-${delimiter}`, indent), ...inside, line(' ', `${delimiter}${end}`, indent)];
}

/** Elements of two lists, aligned; of the unchanged ones only the neighbours of a change. */
function elementLines(
  before: Node[],
  after: Node[],
  path: Pointer,
  indent: number,
  options: ValueOptions,
): BlockLine[] {
  const pairs = alignSequences(before, after, nodeKey);
  const changed = pairs.map((pair) => pair.type !== 'same' || !sameNode(pair.before, pair.after));
  const lines: BlockLine[] = [];
  let hidden = 0;
  const flush = () => {
    if (hidden > 0) lines.push(hiddenLine(hidden, 'element', indent));
    hidden = 0;
  };
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i];
    if (pair === undefined) continue;
    if (!changed[i] && !options.full && !changed[i - 1] && !changed[i + 1]) {
      hidden++;
      continue;
    }
    flush();
    const quiet = { ...options, notes: new Map<Pointer, readonly string[]>() };
    const next = pairs[i + 1];
    // An object put in another's place is one object that changed.
    if (pair.type === 'removed' && pair.before.type === 'map' && next?.type === 'added' && next.after.type === 'map') {
      lines.push(...valueLines('', pair.before, next.after, path, indent, quiet, ','));
      i++;
      continue;
    }
    const old = pair.type === 'added' ? undefined : pair.before;
    const now = pair.type === 'removed' ? undefined : pair.after;
    lines.push(...valueLines('', old, now, path, indent, quiet, ','));
  }
  flush();
  return lines;
}

/** A value as a whole, on one side or unchanged. */
function wholeLines(symbol: LineSymbol, label: string, node: Node, indent: number, end: string): BlockLine[] {
  const text = inline(node);
  if (text !== undefined) return [{ ...line(symbol, `${label}${text}${end}`, indent), ...sizeNote(label, node) }];
  if (node.type === 'map') {
    const names = new Map([...node.entries.keys()].map((key) => [key, keyText(key)]));
    const widest = Math.max(0, ...[...names.values()].map(columns));
    const inside = [...node.entries].flatMap(([key, child]) =>
      wholeLines(symbol, `${padEnd(names.get(key) ?? '', widest)} = `, child, indent + 4, ''),
    );
    return [line(symbol, `${label}{`, indent), ...inside, line(' ', `}${end}`, indent)];
  }
  if (node.type === 'list') {
    const inside = node.items.flatMap((item) => wholeLines(symbol, '', item, indent + 4, ','));
    return [line(symbol, `${label}[`, indent), ...inside, line(' ', `]${end}`, indent)];
  }
  if (!isString(node)) return [];
  const delimiter = heredoc(node.value);
  const inside = node.value
    .replace(/\n$/, '')
    .split('\n')
    .map((part) => line(' ', safeLine(part), indent + 4));
  return [line(symbol, `${label}<<-${delimiter}`, indent), ...inside, line(' ', `${delimiter}${end}`, indent)];
}

/** What a number of bytes comes to, for people: `# 512 MiB`, `# 256 MiB -> 512 MiB`. Only specs hold numbers under these keys. */
function sizeNote(label: string, ...nodes: Node[]): { note?: string } {
  if (!SIZES.has(label.replace(/ *= $/, ''))) return {};
  const sizes = nodes.map((node) => (node.type === 'plain' && typeof node.value === 'number' ? node.value : undefined));
  if (!sizes.some((size) => size !== undefined && size >= 1024)) return {};
  return { note: sizes.map((size) => (size === undefined ? 'none' : bytes(size))).join(' -> ') };
}

/** The value on one line, or undefined where it takes several. */
function inline(node: Node): string | undefined {
  switch (node.type) {
    case 'unknown':
      return UNKNOWN;
    case 'secret':
      return '(sensitive value)';
    case 'map':
      return node.entries.size === 0 ? '{}' : undefined;
    case 'list':
      return node.items.length === 0 ? '[]' : undefined;
    case 'plain':
      if (typeof node.value !== 'string') return String(node.value);
      return node.value.includes('\n') ? undefined : quoted(node.value);
  }
}

/** A delimiter that no line of the text is equal to. */
function heredoc(text: string): string {
  const lines = new Set(text.split('\n').map((l) => l.trim()));
  let delimiter = 'EOT';
  while (lines.has(delimiter)) delimiter += '_';
  return delimiter;
}

function parsed(text: string): Json | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) || Array.isArray(value) ? value : undefined;
  } catch {
    // Not JSON: it is shown as the text that it is.
    return undefined;
  }
}

function line(symbol: LineSymbol, text: string, indent: number): BlockLine {
  return { indent, symbol, text };
}

/** Puts the notes of a path (and, unless `exact`, of all below it) at the end of its last line. */
function noted(
  lines: BlockLine[],
  path: Pointer,
  options: ValueOptions,
  which: 'below' | 'exact' = 'below',
): BlockLine[] {
  if (options.notes.size === 0) return lines;
  const found = [...options.notes].flatMap(([at, notes]) =>
    at === path || (which === 'below' && isBelow(at, path)) ? notes : [],
  );
  const last = lines.at(-1);
  if (found.length === 0 || last === undefined) return lines;
  const already = last.note === undefined ? [] : [last.note];
  return [...lines.slice(0, -1), { ...last, note: [...new Set([...already, ...found])].join(', ') }];
}
