import type { Document, Node } from 'yaml';
import { syntaxProblem } from '../descriptors/parse.ts';
import type { Report } from '../descriptors/problem.ts';
import type { ComposeFile, Entry, Table, Tree, TreeSpot } from './tree.ts';

type Yaml = typeof import('yaml');

/** Values that a file may have, aliases counted each time: above it is an alias bomb. */
const MAX_NODES = 200_000;
const MAX_DEPTH = 64;

/** The value of a Compose file; undefined when it cannot be read, which is reported. */
export async function parseCompose(file: ComposeFile, report: Report): Promise<Tree | undefined> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const tags = ['!reset', '!override'].flatMap((tag) => [
    { tag, resolve: (text: string) => text },
    { tag, collection: 'map' as const },
    { tag, collection: 'seq' as const },
  ]);
  const document = yaml.parseDocument(file.text, {
    version: '1.2',
    merge: true,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
    customTags: tags,
  });
  const faults = [...document.errors, ...document.warnings];
  const whole = { file, start: 0, end: file.text.length, line: 1 };
  for (const fault of faults.slice(0, 5)) report(syntaxProblem(whole, fault, file.text));
  if (faults.length > 0) return undefined;
  try {
    return makeReader(yaml, document, file, (offset) => lines.linePos(offset))(document.contents, 0);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    report({ code: 'PJ1005', details: { reason: thrown.message }, spots: [{ file, offset: 0, length: 1 }] });
    return undefined;
  }
}

/** Reads nodes as trees. Throws a RangeError for what is too deep or too large. */
function makeReader(
  yaml: Yaml,
  document: Document,
  file: ComposeFile,
  lineOf: (offset: number) => { line: number; col: number },
): (node: Node | null, depth: number) => Tree {
  let count = 0;
  let last: TreeSpot = { file, offset: 0, length: 1, line: 1, column: 1 };
  const spotOf = (node: Node | null): TreeSpot => {
    const [start, end] = node?.range ?? [last.offset, last.offset + 1];
    const { line, col } = lineOf(start);
    last = { file, offset: start, length: Math.max(1, end - start), line: Math.max(1, line), column: Math.max(1, col) };
    return last;
  };
  const read = (node: Node | null, depth: number): Tree => {
    count += 1;
    if (depth > MAX_DEPTH) throw new RangeError('it is nested too deeply');
    if (count > MAX_NODES) throw new RangeError('its aliases stand for too much');
    if (yaml.isAlias(node)) {
      const target = node.resolve(document);
      return target === undefined ? { type: 'scalar', value: null, spot: spotOf(node) } : read(target, depth + 1);
    }
    const spot = spotOf(node);
    const tag = node?.tag === '!reset' ? 'reset' : node?.tag === '!override' ? 'override' : undefined;
    const placed: Pick<Table, 'spot' | 'tag'> = tag === undefined ? { spot } : { spot, tag };
    if (yaml.isMap(node)) return { type: 'table', entries: readMap(node.items, depth), ...placed };
    if (yaml.isSeq(node)) {
      const items = node.items.map((item) => read(item as Node | null, depth + 1));
      return { type: 'list', items, ...placed };
    }
    const value: unknown = yaml.isScalar(node) ? node.value : null;
    const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return { type: 'scalar', value: known ? value : value === null ? null : String(value), ...placed };
  };
  const readMap = (items: readonly { key: unknown; value: unknown }[], depth: number): Map<string, Entry> => {
    const own = new Map<string, Entry>();
    const merged = new Map<string, Entry>();
    for (const { key, value } of items) {
      // The library reads `<<` as a symbol of its own.
      const isMerge = yaml.isScalar(key) && (typeof key.value === 'symbol' || key.value === '<<');
      const name = yaml.isScalar(key) ? String(key.value) : String(key);
      const at = spotOf(key as Node);
      const tree = read(value as Node | null, depth + 1);
      if (!isMerge) own.set(name, { key: at, value: tree });
      else for (const table of tablesOf(tree)) for (const [k, v] of table.entries) if (!merged.has(k)) merged.set(k, v);
    }
    for (const [k, v] of merged) if (!own.has(k)) own.set(k, v);
    return own;
  };
  return read;
}

/** What a merge key brings in: one map or a list of them, the first of which holds. */
const tablesOf = (tree: Tree): Table[] =>
  tree.type === 'table' ? [tree] : tree.type === 'list' ? tree.items.flatMap(tablesOf) : [];
