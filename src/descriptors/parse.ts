import type { Document, Node } from 'yaml';
import type { Json } from '../model/json.ts';
import { type SourceDocument, type SourceFile, splitDocuments, textOf } from './documents.ts';
import { jsonFault } from './json-fault.ts';
import { readPlainYaml } from './plain-yaml.ts';
import type { Problem, Report, Spot } from './problem.ts';

type Yaml = typeof import('yaml');

/** A document and its value; the syntax tree is not kept. */
export interface ParsedDocument {
  source: SourceDocument;
  value: Json;
}

/** Nodes that a document's aliases may make of it: above it is an alias bomb. */
const MAX_ALIASED = 100;
/** Maps and lists within each other; no descriptor needs a tenth of it. */
const MAX_DEPTH = 64;

/**
 * The values of all documents of these files, in order; empty documents are left out. What cannot be read is reported and left out
 * (`broken` is told). The YAML library is loaded only when a document needs it.
 */
export async function parseFiles(
  files: readonly SourceFile[],
  report: Report,
  broken?: (source: SourceDocument) => void,
): Promise<ParsedDocument[]> {
  const parsed: ParsedDocument[] = [];
  let yaml: Yaml | undefined;
  for (const file of files) {
    for (const source of splitDocuments(file)) {
      let value: Json | undefined = file.json ? undefined : readPlainYaml(textOf(source));
      if (value === undefined) {
        yaml ??= await import('yaml');
        value = file.json ? readJson(yaml, source, report) : readYaml(yaml, source, report);
      }
      if (value !== undefined && isDeep(value, MAX_DEPTH)) value = refuse(source, 'it is nested too deeply', report);
      if (value === undefined) broken?.(source);
      else if (value !== null) parsed.push({ source, value });
    }
  }
  return parsed;
}

const OPTIONS = {
  version: '1.2',
  merge: true,
  // checked below, in linear time
  uniqueKeys: false,
  prettyErrors: false,
  keepSourceTokens: false,
  logLevel: 'silent',
} as const;

/** The value of a YAML document; undefined when it is broken, which is reported. */
function readYaml(yaml: Yaml, source: SourceDocument, report: Report): Json | undefined {
  const text = textOf(source);
  try {
    const document = yaml.parseDocument(text, OPTIONS);
    const broken = [...document.errors, ...document.warnings];
    // one slip often makes the parser complain twice at one place
    const told = new Set<number>();
    for (const error of broken.slice(0, 5)) {
      const lineEnd = text.indexOf('\n', error.pos[0]);
      if (!told.has(lineEnd)) report(syntaxProblem(source, error, text));
      told.add(lineEnd);
    }
    if (broken.length > 0) return undefined;
    if (checkKeys(yaml, document, source, report)) return undefined;
    return document.toJS({ maxAliasCount: MAX_ALIASED }) as Json;
  } catch (thrown) {
    if (thrown instanceof RangeError) return refuse(source, 'it is nested too deeply', report);
    if (thrown instanceof ReferenceError) return refuse(source, thrown.message, report);
    throw thrown;
  }
}

/** True when a value has more than so many levels. */
function isDeep(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeep(each ?? null, levels - 1));
}

function refuse(source: SourceDocument, reason: string, report: Report): undefined {
  const start = source.start + (/\S/.exec(textOf(source))?.index ?? 0);
  report({ code: 'PJ1005', details: { reason }, spots: [{ file: source.file, offset: start, length: 1 }] });
  return undefined;
}

/** A JSON file's value, doubled keys refused. */
function readJson(yaml: Yaml, source: SourceDocument, report: Report): Json | undefined {
  const text = textOf(source);
  if (text.trim() === '') return null;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    const { what, offset } = jsonFault(text);
    const spots: Spot[] = [{ file: source.file, offset: source.start + offset, length: 1 }];
    report({ code: 'PJ1002', details: { format: 'JSON', what }, spots });
    return undefined;
  }
  const document = yaml.parseDocument(text, OPTIONS);
  // whatever else it says of it, JSON.parse has read it
  if (document.errors.length === 0 && checkKeys(yaml, document, source, report)) return undefined;
  return value;
}

const ADVICE: Record<string, string> = {
  TAB_AS_INDENT: 'Indent with spaces; YAML allows no tabs there.',
  BAD_INDENT: 'Entries of one map or list begin in the same column.',
  MISSING_CHAR: 'Look for a quote, bracket or comma that is missing on this line or just above it.',
  MULTILINE_IMPLICIT_KEY: 'Look for a missing `:` or a wrong indentation on this line.',
  BLOCK_AS_IMPLICIT_KEY: 'Quote the text if it holds `: `, or put the nested map on a line of its own.',
  TAG_RESOLVE_FAILED: 'Descriptors know no tags; quote the text if the `!` belongs to it.',
};

/** A parser's error as a problem. */
export function syntaxProblem(
  source: SourceDocument,
  error: { code: string; message: string; pos: [number, number] },
  text: string,
): Problem {
  const offset = Math.min(error.pos[0], Math.max(0, text.length - 1));
  const spot: Spot = {
    file: source.file,
    offset: source.start + offset,
    length: Math.max(1, text.slice(offset, error.pos[1]).split('\n', 1)[0]?.length ?? 1),
  };
  const what = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const newline = text.indexOf('\n', offset);
  const line = text.slice(lineStart, newline < 0 ? undefined : newline);
  const advice = /[[{,]\s*[^"'\s]*\$\{/.test(line)
    ? 'Within [ ] and { } a `${…}` must stand in quotes: ["${var.name}"].'
    : ADVICE[error.code];
  return {
    code: 'PJ1002',
    details: { format: 'YAML', what: what.replace(/\s+$/, '') },
    spots: [spot],
    ...(advice === undefined ? {} : { advice }),
  };
}

/** Reports doubled keys and keys that are no text; true when there were any. Linear in the number of keys. */
function checkKeys(yaml: Yaml, document: Document, source: SourceDocument, report: Report): boolean {
  let bad = false;
  const spot = (node: Node): Spot => ({
    file: source.file,
    offset: source.start + (node.range?.[0] ?? 0),
    length: Math.max(1, (node.range?.[1] ?? 0) - (node.range?.[0] ?? 0)),
  });
  yaml.visit(document, {
    Map(_, map) {
      const seen = new Map<string, Node>();
      for (const { key } of map.items) {
        if (!yaml.isScalar(key)) {
          bad = true;
          const where = yaml.isNode(key) ? [spot(key)] : [];
          report({ code: 'PJ1002', details: { format: 'YAML', what: 'a key must be a text' }, spots: where });
          continue;
        }
        const name = String(key.value);
        const before = seen.get(name);
        if (before !== undefined && name !== '<<') {
          bad = true;
          report({ code: 'PJ1003', details: { key: name }, spots: [spot(key), spot(before)] });
        } else seen.set(name, key);
      }
    },
  });
  return bad;
}
