import { shellWords } from '../descriptors/shell-words.ts';
import { type Context, refuse } from './context.ts';
import { adviceFor } from './leftovers.ts';
import { asTable } from './merge.ts';
import { type Scalar, type Table, type Tree, type TreeSpot, textOf } from './tree.ts';

/** The keys of one map. What is not asked for by the end is listed: nothing is dropped silently. */
export interface Fields {
  /** As `services.web`. */
  readonly path: string;
  readonly spot: TreeSpot;
  /** The value; undefined where there is none or it is null. */
  get(key: string): Tree | undefined;
  scalar(key: string): Scalar | undefined;
  text(key: string): string | undefined;
  number(key: string): number | undefined;
  boolean(key: string): boolean | undefined;
  /** A list, or one text, as a list of texts. */
  texts(key: string): Scalar[];
  /** The entries of a list, or of what stands alone. */
  items(key: string): Tree[];
  /** A command line as words. */
  words(key: string): string[] | undefined;
  /** A map or a list of NAME=VALUE. */
  named(key: string, separator?: RegExp): [name: string, value: Tree, spot: TreeSpot][];
  /** A map within. */
  within<T>(key: string, read: (fields: Fields) => T): T | undefined;
  /** Lists a key that is there, with why and what to do. */
  drop(key: string, what: string, advice: string): void;
}

/** Reads a map; at the end every key that was not asked for is listed. */
export function withFields<T>(context: Context, table: Table, path: string, read: (fields: Fields) => T): T {
  const taken = new Set<string>();
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const get = (key: string): Tree | undefined => {
    taken.add(key);
    const value = table.entries.get(key)?.value;
    return value?.type === 'scalar' && value.value === null ? undefined : value;
  };
  const wrong = (key: string, tree: Tree, expected: string): undefined =>
    refuse(context, tree.spot, at(key), `it must be ${expected}`);
  const scalar = (key: string): Scalar | undefined => {
    const value = get(key);
    return value === undefined || value.type === 'scalar' ? value : wrong(key, value, 'one value');
  };
  const items = (key: string): Tree[] => {
    const value = get(key);
    return value === undefined ? [] : value.type === 'list' ? value.items : [value];
  };
  const texts = (key: string): Scalar[] =>
    items(key).flatMap((item) => (item.type === 'scalar' ? [item] : (wrong(key, item, 'a list of texts') ?? [])));
  const result = read({
    path,
    spot: table.spot,
    get,
    scalar,
    items,
    texts,
    text(key) {
      const value = scalar(key);
      return value === undefined ? undefined : textOf(value);
    },
    number(key) {
      const value = scalar(key);
      if (value === undefined) return undefined;
      const number = Number(textOf(value));
      return Number.isFinite(number) && textOf(value).trim() !== '' ? number : wrong(key, value, 'a number');
    },
    boolean(key) {
      const value = scalar(key);
      if (value === undefined) return undefined;
      const text = textOf(value).toLowerCase();
      if (['true', 'yes', 'on', 'y', '1'].includes(text)) return true;
      return ['false', 'no', 'off', 'n', '0', ''].includes(text) ? false : wrong(key, value, 'true or false');
    },
    words(key) {
      const value = get(key);
      if (value === undefined) return undefined;
      if (value.type !== 'scalar') return texts(key).map(textOf);
      return shellWords(textOf(value)) ?? wrong(key, value, 'a command line with its quotes closed');
    },
    named(key, separator = /=/) {
      const value = get(key);
      if (value === undefined) return [];
      const named = asTable(value, separator);
      if (named === undefined) return wrong(key, value, 'a map, or a list of texts') ?? [];
      return [...named.entries].map(([name, entry]) => [name, entry.value, entry.key]);
    },
    within(key, inner) {
      const value = get(key);
      if (value === undefined) return undefined;
      if (value.type !== 'table') return wrong(key, value, 'a map');
      return withFields(context, value, at(key), inner);
    },
    drop(key, what, advice) {
      const entry = table.entries.get(key);
      if (get(key) !== undefined && entry !== undefined) context.note(entry.key, at(key), what, advice);
    },
  });
  for (const [key, entry] of table.entries) {
    if (taken.has(key) || key.startsWith('x-')) continue;
    const { what, advice } = adviceFor(key);
    context.note(entry.key, at(key), what, advice);
  }
  return result;
}
