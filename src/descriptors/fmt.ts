import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { PjError } from '../errors.ts';
import { canonical, type Json } from '../model/json.ts';
import type { SourceFile } from './documents.ts';
import { finishErrors } from './finish.ts';
import { jsonFault } from './json-fault.ts';
import type { Problem } from './problem.ts';

/** The order of keys at a descriptor's top; others follow as they were. */
const TOP = [
  'applicationId',
  'kind',
  'name',
  'description',
  'version',
  'tags',
  'replicas',
  'desiredState',
  'dependencies',
  'vm',
  'container',
  'java',
  'native',
  'external',
  'jvm',
  'network',
  'volume',
  'nativeImage',
  'mainClass',
  'classpath',
  'classpathEntries',
  'threadPool',
  'threadPoolConfig',
  'enableMessaging',
  'env',
  'properties',
  'volumes',
  'resources',
  'healthCheck',
  'restart',
  'stop',
  'security',
  'lifecycle',
  'rollback',
  'monitoring',
];
const PROJECT = ['name', 'description', 'exclude', 'parallelism', 'variables', 'secrets', 'moved', 'forget'];

/**
 * A descriptor file (YAML or JSON), or pj.yaml, in one style: keys in their order, two spaces, quotes as they were. Comments, anchors
 * and blank lines stay, and so does what it means. Formatting twice changes nothing. Throws a PjError (PJ1002, PJ1005) with the place for text that can't be parsed.
 */
export async function formatText(text: string, path = 'descriptor.yaml'): Promise<string> {
  const yaml = await import('yaml');
  const file: SourceFile = { path, text, json: path.endsWith('.json') };
  if (file.json) return formatJson(file);
  const documents = parse(yaml, text);
  const faults = documents.flatMap((document) => [...document.errors, ...document.warnings]);
  if (faults.length > 0) {
    throw await refusal(
      faults.map((fault) => ({
        code: 'PJ1002',
        details: { format: 'YAML', what: fault.message },
        spots: [
          {
            file,
            offset: Math.min(fault.pos[0], Math.max(0, text.length - 1)),
            length: Math.max(1, fault.pos[1] - fault.pos[0]),
          },
        ],
      })),
    );
  }
  const keys = /(^|\/)pj\.yaml$/.test(path) ? PROJECT : TOP;
  let meant: string;
  try {
    meant = meaning(documents);
  } catch (thrown) {
    const known = thrown instanceof ReferenceError || thrown instanceof RangeError;
    if (!known) throw thrown;
    const reason = thrown.name === 'RangeError' ? 'it is nested too deeply' : thrown.message;
    throw await refusal([{ code: 'PJ1005', details: { reason }, spots: [{ file, offset: 0, length: 1 }] }]);
  }
  let out = print(yaml, documents, keys);
  // comments may settle only in the second pass
  for (let pass = 0; pass < 4; pass++) {
    const again = print(yaml, parse(yaml, out), keys);
    if (again === out) break;
    out = again;
  }
  // rather no style than another meaning
  return meaning(parse(yaml, out)) === meant ? out : text;
}

function parse(yaml: Yaml, text: string): Document.Parsed[] {
  const options = {
    version: '1.2',
    merge: true,
    prettyErrors: false,
    logLevel: 'silent',
    keepSourceTokens: false,
  } as const;
  const documents = yaml.parseAllDocuments(text.replace(/^\ufeff/, ''), options);
  return Array.isArray(documents) ? documents : [];
}

/** What the documents say, the order of keys aside. */
function meaning(documents: readonly Document[]): string {
  const values = documents
    .map((document) => document.toJS() as Json)
    .filter((value) => value !== null && value !== undefined);
  return canonical(values);
}

function print(yaml: Yaml, documents: readonly Document.Parsed[], keys: readonly string[]): string {
  let out = '';
  for (const document of documents) {
    if (yaml.isMap(document.contents)) order(yaml, document.contents, keys);
    const { contents } = document as { contents: Node | null };
    const isEmpty = contents === null || (yaml.isScalar(contents) && contents.value === null);
    const hasComment = [document.commentBefore, document.comment, contents?.commentBefore, contents?.comment].some(
      Boolean,
    );
    if (isEmpty && !hasComment) continue;
    padMapsAlone(yaml, document);
    const text = document.toString({ lineWidth: 0, indentSeq: true });
    // a document that says where it begins is not told so twice
    if (out !== '' && !out.endsWith('\n...\n') && !/^(%.*\n|#.*\n|\n)*---/.test(text)) out += '---\n';
    out += text.endsWith('\n') ? text : `${text}\n`;
  }
  return out;
}

type Yaml = typeof import('yaml');

/** `{ a: 1 }`, but `[1, 2]`: as most YAML is written, and as prettier writes it. `yaml` has one setting for both. */
function padMapsAlone(yaml: Yaml, document: Document): void {
  yaml.visit(document, {
    Seq(_, list) {
      const print = list.toString;
      list.toString = (ctx, ...how) => print.call(list, ctx && { ...ctx, flowCollectionPadding: '' }, ...how);
    },
    Map(_, map) {
      const print = map.toString;
      map.toString = (ctx, ...how) => print.call(map, ctx && { ...ctx, flowCollectionPadding: ' ' }, ...how);
    },
  });
}

/** Sorts the pairs of a map by a list of keys; comments above a key go with it. There is no blank line above the first. */
function order(yaml: Yaml, map: YAMLMap, keys: readonly string[]): void {
  const rank = (pair: Pair): number => {
    const at = keys.indexOf(yaml.isScalar(pair.key) ? String(pair.key.value) : '');
    return at < 0 ? keys.length : at;
  };
  const before = map.items;
  map.items = before
    .map((pair, i) => ({ pair, i }))
    .sort((a, b) => rank(a.pair) - rank(b.pair) || a.i - b.i)
    .map(({ pair }) => pair);
  // anchors must stand before their aliases: where sorting broke that, it is undone
  if (!anchorsFirst(yaml, map)) map.items = before;
  const first = map.items[0]?.key as Node | undefined;
  if (first?.spaceBefore === true) first.spaceBefore = false;
}

function anchorsFirst(yaml: Yaml, map: YAMLMap): boolean {
  const seen = new Set<string>();
  let fine = true;
  yaml.visit(map, {
    Node(_, node) {
      const { anchor } = node as { anchor?: string };
      if (anchor !== undefined) seen.add(anchor);
    },
    Alias(_, alias) {
      if (!seen.has(alias.source)) fine = false;
    },
  });
  return fine;
}

async function formatJson(file: SourceFile): Promise<string> {
  try {
    const value: unknown = JSON.parse(file.text);
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return `${JSON.stringify(isMap ? orderedCopy(value as Record<string, unknown>) : value, undefined, 2)}\n`;
  } catch {
    const { what, offset } = jsonFault(file.text);
    throw await refusal([{ code: 'PJ1002', details: { format: 'JSON', what }, spots: [{ file, offset, length: 1 }] }]);
  }
}

function orderedCopy(value: Record<string, unknown>): Record<string, unknown> {
  const known = TOP.filter((key) => Object.hasOwn(value, key));
  const others = Object.keys(value).filter((key) => !TOP.includes(key));
  return Object.fromEntries([...known, ...others].map((key) => [key, value[key]]));
}

async function refusal(problems: Problem[]): Promise<PjError> {
  const [first, ...others] = await finishErrors(problems, (text) => text);
  if (first === undefined) return new PjError('PJ9001', { what: 'a refusal without a reason' });
  return new PjError(first.code, first.details, { places: first.places, frames: first.frames, others });
}
