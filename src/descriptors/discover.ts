import { closeSync, fstatSync, openSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SourceFile } from './documents.ts';
import { matcher } from './glob.ts';
import type { Report } from './problem.ts';

/** Largest file that is read as descriptors, in bytes. */
const MAX_FILE = 16 * 2 ** 20;
export const PROJECT_FILE = 'pj.yaml';

/** Which files below a project are not descriptors. */
export interface Exclusions {
  /** Globs of pj.yaml. */
  exclude: readonly string[];
  /** Absolute paths: variable files, sources of secrets. */
  files: ReadonlySet<string>;
}

/**
 * Every descriptor file below a project, read, in the order of their paths. Hidden ones, node_modules, what is excluded and other
 * projects (folders with a pj.yaml) are left out; links are followed, each folder once. What can't be read is reported. Synchronous: the
 * files are small and local, and a round through the thread pool costs more than reading them.
 */
export function discover(dir: string, exclusions: Exclusions, report: Report): SourceFile[] {
  const excluded = matcher(exclusions.exclude);
  const found: string[] = [];
  const visited = new Set<string>();
  const walk = (folder: string): void => {
    const absolute = join(dir, folder);
    let names: string[];
    try {
      const real = realpathSync(absolute);
      if (visited.has(real)) return;
      visited.add(real);
      names = readdirSync(absolute);
    } catch (thrown) {
      unreadable(report, folder === '' ? '.' : folder, thrown);
      return;
    }
    if (folder !== '' && names.includes(PROJECT_FILE)) return;
    for (const name of names.sort()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.startsWith('.') || name === 'node_modules' || path === PROJECT_FILE || excluded(path)) continue;
      const isDescriptor = /\.(ya?ml|json)$/.test(name);
      const kind = kindOf(join(dir, path));
      if (kind === 'folder') walk(path);
      else if (isDescriptor && kind === 'broken')
        unreadable(report, path, new Error('it is a link that leads nowhere'));
      else if (isDescriptor && kind === 'file' && !exclusions.files.has(resolve(dir, path))) found.push(path);
    }
  };
  walk('');
  found.sort();
  return found.flatMap((path) => readSource(dir, path, report) ?? []);
}

function kindOf(path: string): 'file' | 'folder' | 'broken' | 'other' {
  try {
    const found = statSync(path);
    return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
  } catch {
    return 'broken';
  }
}

/** A file's text, UTF-8; undefined when it can't be read or is too large, which is reported. `path` is relative to `dir`. */
export function readSource(dir: string, path: string, report: Report): SourceFile | undefined {
  try {
    const handle = openSync(resolve(dir, path), 'r');
    try {
      const { size } = fstatSync(handle);
      if (size > MAX_FILE) {
        report({
          code: 'PJ1004',
          details: { file: path, size: Math.ceil(size / 2 ** 20), limit: MAX_FILE / 2 ** 20 },
          spots: [],
        });
        return undefined;
      }
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(handle));
      return { path, text, json: path.endsWith('.json') };
    } finally {
      closeSync(handle);
    }
  } catch (thrown) {
    unreadable(report, path, thrown);
    return undefined;
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a folder on the way to it is a file',
  ELOOP: 'its links go round in a circle',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

function unreadable(report: Report, file: string, thrown: unknown): void {
  const code = (thrown as NodeJS.ErrnoException).code ?? '';
  const reason = REASONS[code] ?? (thrown instanceof Error ? thrown.message : String(thrown));
  report({ code: 'PJ1001', details: { file, reason }, spots: [] });
}
