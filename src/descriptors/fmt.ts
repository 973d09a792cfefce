import type { Document, Node, Pair, Scalar, YAMLMap } from 'yaml';
import { PjError } from '../errors.ts';
import type { SourceFile } from './documents.ts';
import { finishErrors } from './finish.ts';
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
  'monitoring',
];
const PROJECT = ['name', 'description', 'exclude', 'parallelism', 'variables', 'secrets', 'moved', 'forget'];

/**
 * A descriptor file (YAML or JSON), or pj.yaml, in one style: keys in their order, two spaces, `"` where quotes are needed. Comments, anchors
 * and blank lines stay, and so does what it means. Formatting twice changes nothing. Throws a PjError (PJ1002) with the place for text that can't be parsed.
 */
export async function formatText(text: string, path = 'descriptor.yaml'): Promise<string> {
  const yaml = await import('yaml');
  const file: SourceFile = { path, text, json: path.endsWith('.json') };
  if (file.json) return formatJson(file);
  const options = {
    version: '1.2',
    merge: true,
    prettyErrors: false,
    logLevel: 'silent',
    keepSourceTokens: false,
  } as const;
  const documents = yaml.parseAllDocuments(text.replace(/^\ufeff/, ''), options);
  if (!Array.isArray(documents)) return '';
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
  const isProject = /(^|\/)pj\.yaml$/.test(path);
  const printed = documents.map((document) => {
    if (yaml.isMap(document.contents)) order(yaml, document.contents, isProject ? PROJECT : TOP);
    trimBlankLines(yaml, document);
    return document.toString({
      lineWidth: 0,
      indentSeq: true,
      singleQuote: false,
      defaultStringType: 'PLAIN',
      defaultKeyType: 'PLAIN',
      flowCollectionPadding: true,
      simpleKeys: false,
    });
  });
  // a document that says where it begins is not told so twice
  let out = '';
  for (const [i, each] of printed.entries()) {
    if (i > 0 && !/(^|\n)\.\.\.\n$/.test(out) && !/^(%.*\n|#.*\n|\n)*---/.test(each)) out += '---\n';
    out += each.endsWith('\n') ? each : `${each}\n`;
  }
  return out;
}

type Yaml = typeof import('yaml');

/** Sorts the pairs of a map by a list of keys. A comment above the first key, parted by a blank line, belongs to the document and stays. */
function order(yaml: Yaml, map: YAMLMap, keys: readonly string[]): void {
  const rank = (pair: Pair): number => {
    const at = keys.indexOf(yaml.isScalar(pair.key) ? String(pair.key.value) : '');
    return at < 0 ? keys.length : at;
  };
  const before = map.items[0];
  const sorted = map.items.map((pair, i) => ({ pair, i })).sort((a, b) => rank(a.pair) - rank(b.pair) || a.i - b.i);
  map.items = sorted.map(({ pair }) => pair);
  const after = map.items[0];
  // anchors must stand before their aliases: where sorting broke that, it is undone
  if (!anchorsFirst(yaml, map)) map.items = sorted.sort((a, b) => a.i - b.i).map(({ pair }) => pair);
  else if (before !== after && after !== undefined) {
    const key = after.key as Scalar;
    // the blank line above what was in the middle
    if (key.commentBefore === undefined || key.commentBefore === null) key.spaceBefore = false;
  }
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

/** No blank line at the top of a document. */
function trimBlankLines(yaml: Yaml, document: Document): void {
  const { contents } = document as { contents: Node | null };
  if (yaml.isMap(contents)) {
    const key = contents.items[0]?.key as Node | undefined;
    if (key?.spaceBefore === true && document.commentBefore === null) key.spaceBefore = false;
  }
}

async function formatJson(file: SourceFile): Promise<string> {
  try {
    const value: unknown = JSON.parse(file.text);
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return `${JSON.stringify(isMap ? orderedCopy(value as Record<string, unknown>) : value, undefined, 2)}\n`;
  } catch (thrown) {
    const what = thrown instanceof Error ? thrown.message : String(thrown);
    const offset = Number(/position (\d+)/.exec(what)?.[1] ?? 0);
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
