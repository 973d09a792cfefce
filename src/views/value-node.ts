import { isObject, type Json, type Pointer, pointer } from '../model/json.ts';
import type { ChangeJson, Fingerprints, Marks } from './plan-json-types.ts';

/** A value with what is known about its leaves put together again from a change's JSON. */
export type Node =
  | { type: 'plain'; value: null | boolean | number | string }
  | { type: 'secret'; print?: string }
  | { type: 'unknown' }
  | { type: 'list'; items: Node[] }
  | { type: 'map'; entries: Map<string, Node> };

/** Both sides of a change; undefined where a side is null. */
export function nodesOf(change: ChangeJson, prints: Fingerprints | undefined): [Node | undefined, Node | undefined] {
  return [
    change.before === null ? undefined : nodeOf(change.before, false, change.before_sensitive, prints?.before, ''),
    change.after === null
      ? undefined
      : nodeOf(change.after, change.after_unknown, change.after_sensitive, prints?.after, ''),
  ];
}

/** A plain JSON value, nothing of it sensitive or unknown. */
export function plainNode(value: Json): Node {
  return nodeOf(value, false, false, undefined, '');
}

/** One value with its marks, which mirror its shape. */
export function nodeOf(
  value: Json | undefined,
  unknown: Marks | undefined,
  sensitive: Marks | undefined,
  prints: Record<Pointer, string> | undefined,
  path: Pointer,
): Node {
  if (unknown === true) return { type: 'unknown' };
  if (sensitive === true) {
    const print = prints !== undefined && Object.hasOwn(prints, path) ? prints[path] : undefined;
    return print === undefined ? { type: 'secret' } : { type: 'secret', print };
  }
  if (Array.isArray(value)) {
    const items = value.map((item, i) =>
      nodeOf(item, child(unknown, i), child(sensitive, i), prints, path + pointer(i)),
    );
    return { type: 'list', items };
  }
  if (isObject(value) || (value === undefined && typeof unknown === 'object')) {
    const entries = new Map<string, Node>();
    const known = isObject(value) ? value : {};
    // Unknown leaves are not in the value, only in its marks.
    const keys = new Set([...Object.keys(known), ...markedKeys(unknown)]);
    for (const key of [...keys].sort()) {
      const item = Object.hasOwn(known, key) ? known[key] : undefined;
      const marks = child(unknown, key);
      if (item === undefined && marks === undefined) continue;
      entries.set(key, nodeOf(item, marks, child(sensitive, key), prints, path + pointer(key)));
    }
    return { type: 'map', entries };
  }
  return { type: 'plain', value: value ?? null };
}

function markedKeys(marks: Marks | undefined): string[] {
  return typeof marks === 'object' && !Array.isArray(marks) ? Object.keys(marks) : [];
}

function child(marks: Marks | undefined, key: string | number): Marks | undefined {
  if (Array.isArray(marks)) return typeof key === 'number' ? marks[key] : undefined;
  if (typeof marks !== 'object') return undefined;
  return Object.hasOwn(marks, key) ? marks[key] : undefined;
}

/** A text that is the same for equal values and different for others. Secrets are equal when their fingerprints are. */
export function nodeKey(node: Node): string {
  switch (node.type) {
    case 'plain':
      return JSON.stringify(node.value);
    case 'secret':
      return `secret#${node.print ?? ''}`;
    case 'unknown':
      return 'unknown';
    case 'list':
      return `[${node.items.map(nodeKey).join()}]`;
    case 'map':
      return `{${[...node.entries].map(([key, value]) => `${JSON.stringify(key)}:${nodeKey(value)}`).join()}}`;
  }
}

/** True where nothing would be shown as changed. What is unknown may come to be anything, so it equals nothing. */
export function sameNode(a: Node, b: Node): boolean {
  return a.type === b.type && !hasUnknown(b) && nodeKey(a) === nodeKey(b);
}

function hasUnknown(node: Node): boolean {
  if (node.type === 'list') return node.items.some(hasUnknown);
  if (node.type === 'map') return [...node.entries.values()].some(hasUnknown);
  return node.type === 'unknown';
}
