import type { ErrorCode } from '../errors.ts';
import type { SourceDocument, SourceFile } from './documents.ts';

/** Keys and list positions from a document's top to a value. */
export type Path = readonly (string | number)[];

/** What a problem points at. Cheap to make: the line and column are found when the error is finished. */
export type Spot =
  | {
      document: SourceDocument;
      path: Path;
      /** The key itself, or its value (default). */
      at?: 'key' | 'value';
      /** A text within the value to point at. */
      find?: string;
    }
  /** Offsets into the file's text. */
  | { file: SourceFile; offset: number; length: number };

/** Something wrong with what people wrote, before its places and frames are made. */
export interface Problem {
  code: ErrorCode;
  details: Record<string, string | number>;
  spots: Spot[];
  /** More hint than the table's. */
  advice?: string;
  /** The workload that it is about, for warnings. */
  workload?: string;
}

/** Collects the problems of one run. */
export type Report = (problem: Problem) => void;

/** A path as people read it: `native.ports[0]`. */
export function pathText(path: Path): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += text === '' ? key : `.${key}`;
  }
  return text;
}

/** A value as people read it, cut when it is long. */
export function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    return keys.length === 0 ? 'an empty map' : keys.length > 6 ? 'a map' : `a map of ${keys.join(', ')}`;
  }
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
