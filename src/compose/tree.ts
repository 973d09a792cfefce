import type { SourceFile } from '../descriptors/documents.ts';
import type { Place } from '../model/workload.ts';

/** A Compose file, with the folder that its relative paths start from. */
export interface ComposeFile extends SourceFile {
  /** Absolute. */
  base: string;
}

/** Where something stands in a Compose file. */
export interface TreeSpot {
  file: ComposeFile;
  offset: number;
  length: number;
  /** From 1. */
  line: number;
  column: number;
}

interface Placed {
  spot: TreeSpot;
  /** Compose's own tags, which say how an override is merged. */
  tag?: 'reset' | 'override';
}

export interface Scalar extends Placed {
  type: 'scalar';
  value: string | number | boolean | null;
  /** As it was before variables were filled in; absent where there were none. */
  raw?: string;
}

export interface List extends Placed {
  type: 'list';
  items: Tree[];
}

export interface Table extends Placed {
  type: 'table';
  entries: Map<string, Entry>;
}

/** A value of a Compose file that knows its place; anchors and merge keys are resolved. */
export type Tree = Scalar | List | Table;

export interface Entry {
  key: TreeSpot;
  value: Tree;
}

export const placeOf = ({ file, line, column }: TreeSpot): Place => ({ file: file.path, line, column });

/** A scalar's text; null is the empty text. */
export const textOf = ({ value }: Scalar): string => (value === null ? '' : String(value));

/** A tree with every scalar replaced. */
export function mapScalars(tree: Tree, replace: (scalar: Scalar) => Scalar): Tree {
  if (tree.type === 'scalar') return replace(tree);
  if (tree.type === 'list') return { ...tree, items: tree.items.map((item) => mapScalars(item, replace)) };
  const entries = [...tree.entries].map(([name, { key, value }]): [string, Entry] => [
    name,
    { key, value: mapScalars(value, replace) },
  ]);
  return { ...tree, entries: new Map(entries) };
}
