import type { Document, Node, Pair } from 'yaml';
import type { SourceDocument } from './documents.ts';
import { textOf } from './documents.ts';
import type { Path, Spot } from './problem.ts';

type Yaml = typeof import('yaml');

/** A stretch of a file's text. */
export interface Range {
  offset: number;
  length: number;
}

/** Finds values in documents by parsing again those that something is wrong with; the last few stay parsed. */
export function makeLocator(yaml: Yaml): (spot: Spot) => Range {
  const parsed = new Map<SourceDocument, Document.Parsed>();
  const parse = (document: SourceDocument): Document.Parsed => {
    let found = parsed.get(document);
    if (found === undefined) {
      found = yaml.parseDocument(textOf(document), {
        version: '1.2',
        merge: true,
        uniqueKeys: false,
        prettyErrors: false,
        logLevel: 'silent',
      });
      if (parsed.size >= 8) parsed.delete(parsed.keys().next().value as SourceDocument);
      parsed.set(document, found);
    }
    return found;
  };
  return (spot) => {
    if ('file' in spot) return { offset: spot.offset, length: spot.length };
    const { document } = spot;
    const text = textOf(document);
    const range = inDocument(yaml, parse(document), spot.path, spot.at ?? 'value') ?? contentRange(text);
    let offset = range.offset;
    let length = firstLine(text.slice(offset, offset + range.length)).length;
    if (spot.find !== undefined) {
      const at = text.slice(offset, offset + range.length).indexOf(spot.find);
      if (at >= 0) {
        offset += at;
        length = firstLine(spot.find).length;
      }
    }
    return { offset: document.start + offset, length: Math.max(1, length) };
  };
}

const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0]?.trimEnd() ?? '';

/** Where a path leads; where it leads nowhere, the nearest thing above it. */
function inDocument(yaml: Yaml, document: Document, path: Path, at: 'key' | 'value'): Range | undefined {
  let node: unknown = document.contents;
  let range = path.length === 0 ? undefined : ownKey(yaml, node);
  for (const [i, step] of path.entries()) {
    if (yaml.isAlias(node)) node = node.resolve(document);
    if (yaml.isMap(node)) {
      const pair = node.items.find((item) => keyOf(yaml, item) === String(step));
      if (pair === undefined) break;
      const last = i === path.length - 1;
      const value = rangeOf(pair.value);
      range = last && at === 'value' && value !== undefined && value.length > 0 ? value : rangeOf(pair.key);
      node = pair.value;
    } else if (yaml.isSeq(node)) {
      const item: unknown = node.items[Number(step)];
      if (item === undefined) break;
      range = rangeOf(item) ?? range;
      node = item;
    } else break;
  }
  return range;
}

/** The first key of a map: what stands for the whole of it. */
function ownKey(yaml: Yaml, node: unknown): Range | undefined {
  return yaml.isMap(node) ? rangeOf(node.items[0]?.key) : rangeOf(node);
}

function keyOf(yaml: Yaml, pair: Pair): string {
  return yaml.isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function rangeOf(node: unknown): Range | undefined {
  const range = (node as Node | null | undefined)?.range;
  return range ? { offset: range[0], length: range[1] - range[0] } : undefined;
}

/** The first line of a document that says something. */
function contentRange(text: string): Range {
  let offset = 0;
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed !== '' && !trimmed.startsWith('#') && !/^(---|%)/.test(line)) {
      return { offset: offset + line.length - line.trimStart().length, length: trimmed.length };
    }
    offset += line.length + 1;
  }
  const marker = /\S.*/.exec(text);
  return { offset: marker?.index ?? 0, length: Math.max(1, marker?.[0].trimEnd().length ?? 1) };
}
