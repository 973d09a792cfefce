import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { placeText } from '../../src/descriptors/finish.ts';
import { type LoadedProject, type LoadOptions, loadProject } from '../../src/descriptors/load.ts';
import type { PjError } from '../../src/errors.ts';
import type { Workload } from '../../src/model/workload.ts';

/** A folder with these files, for the time of `use`. */
export async function withFiles<T>(files: Record<string, string>, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'pj-descriptors-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Loads a project of these files; one text is `a.yaml`. pj.yaml is `name: test` where none is given. */
export function load(
  files: string | Record<string, string>,
  options: Partial<LoadOptions> = {},
): Promise<LoadedProject> {
  const all = typeof files === 'string' ? { 'a.yaml': files } : files;
  return withFiles({ 'pj.yaml': 'name: test\n', ...all }, (dir) =>
    loadProject({ dir, vars: {}, varFiles: [], env: {}, host: { cpus: 4, memory: 8 * 2 ** 30 }, ...options }),
  );
}

/** An error as people see it, without its hint. */
export function shown(error: PjError): string {
  const places = error.places.map((place, i) => `${placeText(place)}\n${error.frames[i] ?? ''}`);
  return [`${error.code} ${error.message}`, ...places].join('\n');
}

/** All errors of a project as text. */
export async function errorsOf(
  files: string | Record<string, string>,
  options: Partial<LoadOptions> = {},
): Promise<string> {
  return (await load(files, options)).errors.map(shown).join('\n\n');
}

/** Code and message of each error, place included. */
export async function briefly(
  files: string | Record<string, string>,
  options: Partial<LoadOptions> = {},
): Promise<string[]> {
  return (await load(files, options)).errors.map((error) =>
    [...error.places.slice(0, 1).map(placeText), error.code, error.message].join(' '),
  );
}

/** The workload of that id, which must be there. */
export function one(workloads: readonly Workload[], id: string): Workload {
  const found = workloads.find((workload) => workload.id === id);
  if (found === undefined) throw new Error(`there is no ${id}, only ${workloads.map((each) => each.id).join(', ')}`);
  return found;
}
