import { homedir } from 'node:os';
import { isAbsolute, relative, resolve } from 'node:path';
import type { Report } from '../descriptors/problem.ts';
import type { Environment } from './environment.ts';
import type { Note } from './notes.ts';
import type { Secrets } from './secrets.ts';
import { placeOf, type TreeSpot } from './tree.ts';

/** What every part of an import works with. */
export interface Context {
  /** The project's folder, absolute: paths in descriptors are relative to it. */
  out: string;
  /** The project's name. */
  project: string;
  environment: Environment;
  secrets: Secrets;
  report: Report;
  note(spot: TreeSpot, key: string, what: string, advice: string): void;
  /** Files that descriptors refer to and that are no descriptors, absolute. */
  files: Set<string>;
}

/** A list of notes, each told once. */
export function collectNotes(): { notes: Note[]; note: Context['note'] } {
  const notes: Note[] = [];
  return {
    notes,
    note(spot, key, what, advice) {
      const place = placeOf(spot);
      const isTold = notes.some((one) => one.key === key && one.what === what && one.place.file === place.file);
      if (!isTold) notes.push({ place, key, what, advice });
    },
  };
}

/** Reports a value that cannot be what it has to be. */
export function refuse(context: Context, spot: TreeSpot, key: string, reason: string): undefined {
  context.report({ code: 'PJ1074', details: { key, reason }, spots: [spot] });
}

/** A path of this host, which the Compose file has relative to itself, as the project has it. */
export function hostPath(context: Context, spot: TreeSpot, path: string): string {
  if (path.startsWith('${')) return path;
  if (path === '~' || path.startsWith('~/')) return `${homedir()}${path.slice(1)}`;
  if (isAbsolute(path)) return path;
  const there = relative(context.out, resolve(spot.file.base, path));
  return there === '' ? '.' : there.startsWith('..') ? there : `./${there}`;
}

/** The same path, absolute. */
export const absolutePath = (context: Context, spot: TreeSpot, path: string): string =>
  resolve(context.out, hostPath(context, spot, path));
