import { type Entry, type List, type Table, type Tree, textOf } from './tree.ts';

/** Lists that an override replaces as a whole. */
const REPLACED = new Set(['command', 'entrypoint', 'test']);
/** What may be a list of NAME=VALUE (or names) or a map, and is merged by name. */
const NAMED: Record<string, RegExp | undefined> = {
  environment: /=/,
  labels: /=/,
  sysctls: /=/,
  annotations: /=/,
  args: /=/,
  extra_hosts: /[=:]/,
  depends_on: undefined,
  networks: undefined,
};
/** Lists whose entries are one and the same where this part of them is. */
const IDENTITY: Record<string, (entry: Tree) => string | undefined> = {
  volumes: (entry) => member(entry, 'target') ?? shortTarget(entry),
  secrets: (entry) => member(entry, 'target') ?? member(entry, 'source') ?? scalarText(entry),
  configs: (entry) => member(entry, 'target') ?? member(entry, 'source') ?? scalarText(entry),
};

/** The value of `key` in an earlier file with that of a later one laid over it, by Compose's rules. */
export function merge(key: string, below: Tree, above: Tree): Tree {
  if (above.tag === 'override') return above;
  if (key in NAMED && (below.type === 'table' || above.type === 'table')) {
    const [a, b] = [asTable(below, NAMED[key]), asTable(above, NAMED[key])];
    if (a !== undefined && b !== undefined) return mergeTables(a, b);
  }
  if (below.type === 'table' && above.type === 'table') return mergeTables(below, above);
  if (below.type === 'list' && above.type === 'list') return mergeLists(key, below, above);
  // `key:` with nothing says nothing.
  return above.type === 'scalar' && above.value === null && below.type !== 'scalar' ? below : above;
}

/** A map with another laid over it. */
export function mergeTables(below: Table, above: Table): Table {
  const entries = new Map<string, Entry>(below.entries);
  for (const [name, entry] of above.entries) {
    const before = entries.get(name);
    if (entry.value.tag === 'reset') entries.delete(name);
    else entries.set(name, before === undefined ? entry : { ...entry, value: merge(name, before.value, entry.value) });
  }
  return { ...above, entries };
}

function mergeLists(key: string, below: List, above: List): List {
  if (REPLACED.has(key)) return above;
  const separator = NAMED[key];
  const identity =
    IDENTITY[key] ??
    ((entry: Tree) => {
      const text = scalarText(entry);
      return text === undefined || separator === undefined ? text : text.split(separator, 1)[0];
    });
  const replaced = new Set(above.items.map(identity));
  const kept = below.items.filter((entry) => {
    const id = identity(entry);
    return id === undefined || !replaced.has(id);
  });
  return { ...above, items: [...kept, ...above.items] };
}

/** A list of names, or of NAME=VALUE, as a map. A name alone has no value. Undefined for a list of something else. */
export function asTable(tree: Tree, separator: RegExp | undefined): Table | undefined {
  if (tree.type === 'table') return tree;
  if (tree.type === 'scalar')
    return tree.value === null ? { type: 'table', spot: tree.spot, entries: new Map() } : undefined;
  const entries = new Map<string, Entry>();
  for (const item of tree.items) {
    if (item.type !== 'scalar') return undefined;
    const text = textOf(item);
    const at = separator === undefined ? -1 : text.search(separator);
    const name = at < 0 ? text : text.slice(0, at);
    const { raw } = item;
    const rawAt = raw === undefined || separator === undefined ? -1 : raw.search(separator);
    entries.set(name, {
      key: item.spot,
      value: {
        type: 'scalar',
        spot: item.spot,
        value: at < 0 ? null : text.slice(at + 1),
        ...(raw === undefined || rawAt < 0 ? {} : { raw: raw.slice(rawAt + 1) }),
      },
    });
  }
  return { type: 'table', spot: tree.spot, entries };
}

const scalarText = (tree: Tree): string | undefined => (tree.type === 'scalar' ? textOf(tree) : undefined);

function member(tree: Tree, name: string): string | undefined {
  const value = tree.type === 'table' ? tree.entries.get(name)?.value : undefined;
  return value === undefined ? undefined : scalarText(value);
}

/** Where `[source:]target[:mode]` is mounted. */
function shortTarget(tree: Tree): string | undefined {
  const parts = scalarText(tree)?.split(':');
  return parts === undefined ? undefined : (parts[1] ?? parts[0]);
}
