import { isObject, type Json, type JsonObject } from '../model/json.ts';
import { nearest } from '../model/nearest.ts';
import { isLeaf } from '../model/template.ts';
import { KINDS, type Kind } from '../model/workload.ts';
import { lift } from './dialect.ts';
import type { SourceDocument } from './documents.ts';
import { TOP_KEYS } from './flat-keys.ts';
import { type KindKey, kindKeys } from './kind.ts';
import type { ParsedDocument } from './parse.ts';
import { type Path, pathText, type Report, type Spot, valueText } from './problem.ts';
import { type Names, substitute } from './substitute.ts';
import { leafText } from './validate.ts';

/** A descriptor whose kind and id are known, in the native dialect, its other `${…}` still as written. */
export interface Draft {
  source: SourceDocument;
  kind: Kind;
  /** What says so. */
  kindAt: Spot;
  id: string;
  /** Undefined: it is one workload, called ID. */
  replicas: number | undefined;
  value: JsonObject;
  /** The path as written of a path in `value`. */
  written(path: Path): Path;
}

/**
 * The draft of a document; undefined when it can't even be told which workload it is, which is reported. `described` hears the id as soon
 * as it is known, so that those who depend on a broken descriptor are not blamed too.
 */
export function draftOf(
  { source, value: whole }: ParsedDocument,
  names: Names,
  report: Report,
  described: (id: string, replicas: number | undefined) => void,
): Draft | undefined {
  const spot = (path: Path, at: 'key' | 'value' = 'value'): Spot => ({ document: source, path, at });
  if (!isObject(whole)) {
    report({
      code: 'PJ1006',
      details: { what: `a descriptor is a map, but this is ${valueText(whole)}` },
      spots: [spot([])],
      advice: excludeAdvice(source),
    });
    return undefined;
  }
  // `dependencies:` with nothing after it says nothing
  const document = Object.fromEntries(Object.entries(whole).filter(([, each]) => each !== null)) as JsonObject;
  const { kind, at: kindAt } = kindOf(document, spot, report) ?? {};
  const resolve = (key: string, value: Json): Json =>
    substitute(value, {
      names,
      self: undefined,
      fault: ({ find, path, ...fault }) =>
        report({ ...fault, spots: [{ document: source, path: [key, ...path], find }] }),
    });
  const id = idOf(document, resolve, spot, report, source);
  const replicas = replicasOf(document, resolve, spot, report);
  if (id === undefined) return undefined;
  if (kind === undefined || kindAt === undefined || replicas === 'bad') {
    described(id, replicas === 'bad' ? undefined : replicas);
    return undefined;
  }
  if (replicas !== undefined && `${id}-${Math.max(0, replicas - 1)}`.length > 63) {
    const expected = `short enough that ${id}-${replicas - 1} has 63 characters at most`;
    report({
      code: 'PJ1012',
      details: { key: 'applicationId', expected, value: valueText(id) },
      spots: [spot(['applicationId'])],
    });
    return undefined;
  }
  const lifted = lift(document, kind, ({ code, details, paths }) =>
    report({ code, details, spots: paths.map(({ path, at }) => spot(path, at)) }),
  );
  return { source, kind, kindAt, id, replicas, ...lifted };
}

type MakeSpot = (path: Path, at?: 'key' | 'value') => Spot;
type Resolve = (key: string, value: Json) => Json;

const excludeAdvice = ({ file }: SourceDocument): string =>
  `If ${file.path} is no descriptor, leave it out: \`exclude: [${file.path}]\` in pj.yaml.`;

function idOf(
  document: JsonObject,
  resolve: Resolve,
  spot: MakeSpot,
  report: Report,
  source: SourceDocument,
): string | undefined {
  const written = document['applicationId'];
  if (written === undefined) {
    const near = nearest('applicationId', Object.keys(document));
    const known = kindKeys(document).length > 0 || near !== undefined;
    if (near !== undefined) {
      report({
        code: 'PJ1010',
        details: { key: near, where: 'a descriptor', suggestion: '; did you mean `applicationId`?' },
        spots: [spot([near], 'key')],
      });
    } else {
      report({
        code: 'PJ1011',
        details: { key: 'applicationId', where: 'a descriptor' },
        spots: [spot([])],
        ...(known ? {} : { advice: `Every descriptor has an \`applicationId\`. ${excludeAdvice(source)}` }),
      });
    }
    return undefined;
  }
  const id = typeof written === 'number' ? String(written) : resolve('applicationId', written);
  if (isLeaf(id)) {
    report({
      code: 'PJ1017',
      details: { key: 'applicationId', template: leafText(id) },
      spots: [spot(['applicationId'])],
    });
    return undefined;
  }
  const text = typeof id === 'number' ? String(id) : id;
  if (typeof text !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) {
    const expected = 'an id: letters, digits, `.`, `_` and `-`, starting with a letter or digit, 63 characters at most';
    report({
      code: 'PJ1012',
      details: { key: 'applicationId', expected, value: valueText(id) },
      spots: [spot(['applicationId'])],
    });
    return undefined;
  }
  document['applicationId'] = text;
  return text;
}

function replicasOf(
  document: JsonObject,
  resolve: Resolve,
  spot: MakeSpot,
  report: Report,
): number | undefined | 'bad' {
  if (document['replicas'] === undefined) return undefined;
  const value = resolve('replicas', document['replicas']);
  const replicas = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (isLeaf(replicas)) {
    report({ code: 'PJ1017', details: { key: 'replicas', template: leafText(replicas) }, spots: [spot(['replicas'])] });
    return 'bad';
  }
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0 || replicas > 10_000) {
    const details = { key: 'replicas', expected: 'a whole number from 0 to 10000', value: valueText(value) };
    report({ code: 'PJ1012', details, spots: [spot(['replicas'])] });
    return 'bad';
  }
  document['replicas'] = replicas;
  return replicas;
}

/** The kind that the keys tell, and where; undefined, and reported, when they tell two, or none and it can't be java. */
function kindOf(document: JsonObject, spot: MakeSpot, report: Report): { kind: Kind; at: Spot } | undefined {
  const keys = kindKeys(document);
  const [first] = keys;
  const other = keys.find((each) => each.kind !== first?.kind);
  const stated = KINDS.find((kind) => kind === document['kind']);
  if (first !== undefined && other !== undefined) {
    const details = { kind: first.kind, key: keyText(first), otherKind: other.kind, otherKey: keyText(other) };
    report({ code: 'PJ1013', details, spots: [spot(first.path, 'key'), spot(other.path, 'key')] });
    return undefined;
  }
  if (document['kind'] !== undefined && stated === undefined) {
    const details = { key: 'kind', expected: `one of ${KINDS.join(', ')}`, value: valueText(document['kind']) };
    report({ code: 'PJ1012', details, spots: [spot(['kind'])] });
    return undefined;
  }
  if (first !== undefined && stated !== undefined && stated !== first.kind) {
    const details = { kind: stated, key: keyText(first), otherKind: first.kind };
    report({ code: 'PJ1014', details, spots: [spot(['kind']), spot(first.path, 'key')] });
    return undefined;
  }
  if (first !== undefined) return { kind: first.kind, at: spot(first.path, 'key') };
  if (stated !== undefined) return { kind: stated, at: spot(['kind']) };
  // no kind told: a misspelt block is likelier than a Java app without a main class
  const known = [...KINDS, ...Object.keys(TOP_KEYS)];
  for (const key of Object.keys(document)) {
    const near = COMMON_KEYS.has(key) ? undefined : nearest(key, known);
    if (near === undefined) continue;
    report({
      code: 'PJ1010',
      details: { key, where: 'a descriptor', suggestion: `; did you mean \`${near}\`?` },
      spots: [spot([key], 'key')],
    });
    return undefined;
  }
  // a file that is no descriptor at all has been told so already
  if (document['applicationId'] !== undefined)
    report({ code: 'PJ1016', details: {}, spots: [spot(['applicationId'])] });
  return undefined;
}

const COMMON_KEYS = new Set([
  'applicationId',
  'kind',
  'name',
  'description',
  'version',
  'tags',
  'replicas',
  'dependencies',
  'desiredState',
  'resources',
  'healthCheck',
  'restart',
  'stop',
  'env',
  'properties',
  'volumes',
  'security',
  'lifecycle',
  'rollback',
  'monitoring',
]);

const keyText = ({ path }: KindKey): string => pathText(path[0] === 'properties' ? path.slice(1) : path);
