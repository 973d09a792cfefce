import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { readSource } from '../descriptors/discover.ts';
import type { Report } from '../descriptors/problem.ts';
import { mergeTables } from './merge.ts';
import { parseCompose } from './parse.ts';
import { type ComposeFile, type Table, type Tree, textOf } from './tree.ts';

/** Reads Compose files, each once. */
export interface Reader {
  /** The top of a file; undefined when it cannot be read, which is reported. */
  read(path: string, base?: string): Promise<Table | undefined>;
  /** Absolute paths of all that was read. */
  readonly paths: ReadonlySet<string>;
}

/** Paths in messages are relative to `from`. */
export function makeReader(from: string, report: Report, fill: (tree: Tree) => Tree): Reader {
  const known = new Map<string, Promise<Table | undefined>>();
  const load = async (path: string, base: string): Promise<Table | undefined> => {
    const shown = relative(from, path);
    const source = readSource(from, shown.startsWith('../../..') ? path : shown, report);
    if (source === undefined) return undefined;
    const file: ComposeFile = { ...source, json: false, base };
    const tree = await parseCompose(file, report);
    if (tree === undefined) return undefined;
    const top = fill(tree);
    if (top.type === 'table') return top;
    report({ code: 'PJ1070', details: { file: file.path, what: 'it is no map' }, spots: [top.spot] });
    return undefined;
  };
  return {
    read(path, base = dirname(path)) {
      const key = `${path}\n${base}`;
      const found = known.get(key) ?? load(path, base);
      known.set(key, found);
      return found;
    },
    get paths() {
      return new Set([...known.keys()].map((key) => key.split('\n', 1)[0] ?? key));
    },
  };
}

/** The files to read, absolute: an override beside the only file is read as well, as Compose does. */
export function composeFiles(files: readonly string[]): string[] {
  const paths = files.map((file) => resolve(file));
  const [only] = paths;
  const found = only === undefined || paths.length > 1 ? null : /^((?:docker-)?compose)\.ya?ml$/.exec(basename(only));
  if (only === undefined || found === null) return paths;
  const override = ['yml', 'yaml']
    .map((ending) => join(dirname(only), `${found[1]}.override.${ending}`))
    .find(existsSync);
  return override === undefined ? paths : [only, override];
}

/** Several files as one, later ones laid over earlier ones, with what they include. */
export async function readAll(reader: Reader, paths: readonly string[], report: Report): Promise<Table | undefined> {
  const base = dirname(paths[0] ?? '.');
  let whole: Table | undefined;
  for (const path of paths) {
    const top = await reader.read(path, base);
    const full = top === undefined ? undefined : await withIncluded(reader, top, report, [path]);
    if (full !== undefined) whole = whole === undefined ? full : mergeTables(whole, full);
  }
  return whole;
}

/** A file under which those that it includes are laid. */
async function withIncluded(reader: Reader, top: Table, report: Report, on: readonly string[]): Promise<Table> {
  const include = top.entries.get('include')?.value;
  const items = include === undefined ? [] : include.type === 'list' ? include.items : [include];
  let below: Table | undefined;
  for (const item of items) {
    const written = item.type === 'table' ? item.entries.get('path')?.value : item;
    const paths = written?.type === 'list' ? written.items : [written];
    for (const path of paths) {
      if (path?.type !== 'scalar') continue;
      const absolute = resolve(path.spot.file.base, textOf(path));
      if (on.includes(absolute)) {
        report({
          code: 'PJ1074',
          details: { key: 'include', reason: 'the files include each other' },
          spots: [path.spot],
        });
        continue;
      }
      const read = await reader.read(absolute);
      const full = read === undefined ? undefined : await withIncluded(reader, read, report, [...on, absolute]);
      if (full !== undefined) below = below === undefined ? full : mergeTables(below, full);
    }
  }
  return below === undefined ? top : mergeTables(below, top);
}
