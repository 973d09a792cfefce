import { equal, isObject, type Json, type JsonObject } from '../model/json.ts';
import { suggestion } from '../model/nearest.ts';
import type { Kind } from '../model/workload.ts';
import { FLAT_KEYS, FLAT_MAPS, type FlatReader, TOP_KEYS } from './flat-keys.ts';
import { flatKind } from './kind.ts';
import { type Path, pathText, valueText } from './problem.ts';
import { bytes } from './quantity.ts';
import { shellWords } from './shell-words.ts';

/** A fault of the dialects; the caller knows the document. */
export interface DialectFault {
  code: 'PJ1010' | 'PJ1012' | 'PJ1015';
  details: Record<string, string | number>;
  /** Where in the document as written. */
  paths: { path: Path; at: 'key' | 'value' }[];
}

/** A descriptor in the native dialect, with `${…}` as written. */
export interface Lifted {
  value: JsonObject;
  /** The path as written of a path in `value`. */
  written(path: Path): Path;
}

/**
 * Both dialects as one: flat keys move into the typed block, `X.env` into `env`, properties without a known prefix into `env`
 * (they stay for java, as system properties). What a fault concerns is left out.
 */
export function lift(document: JsonObject, kind: Kind, fault: (fault: DialectFault) => void): Lifted {
  const { properties } = document;
  const flatTop = Object.keys(TOP_KEYS).some((key) => document[key] !== undefined);
  const block = document[kind];
  const hasBlockEnv = isObject(block) && block['env'] !== undefined;
  if (!isObject(properties) && !flatTop && !hasBlockEnv) {
    const same = (path: Path): Path => path;
    return { value: splitWords(document, same, fault), written: same };
  }

  const origins = new Map<string, Path>();
  const value: JsonObject = {};
  for (const [key, old] of Object.entries(document)) {
    if (old === undefined || (key === 'properties' && isObject(properties)) || TOP_KEYS[key] !== undefined) continue;
    // copied as deep as it is written to
    value[key] = isObject(old) ? { ...old } : old;
  }
  const put = (to: Path, from: Path, given: Json): void => {
    const at = `/${to.join('/')}`;
    const before = set(value, to, given);
    if (before === undefined) origins.set(at, from);
    else if (!sameValue(before, given)) {
      const other = origins.get(at) ?? to;
      const details = {
        key: pathText(other),
        other: pathText(from),
        value: valueText(before),
        otherValue: valueText(given),
      };
      fault({
        code: 'PJ1015',
        details,
        paths: [
          { path: other, at: 'value' },
          { path: from, at: 'value' },
        ],
      });
    }
  };

  for (const [key, to] of Object.entries(TOP_KEYS)) {
    const given = document[key];
    if (given === undefined || (key === 'nativeImage' && kind !== 'native')) continue;
    put(to, [key], key.startsWith('classpath') ? (readList(given) ?? given) : given);
  }
  if (isObject(properties)) {
    for (const [key, given] of Object.entries(properties)) {
      if (given === undefined) continue;
      liftProperty({ key, given, kind, put, fault });
    }
  }
  const written = (path: Path): Path => writtenPath(path, origins);
  moveEnv(value, kind, written, put);
  return { value: splitWords(value, written, fault), written };
}

/** Command lines that may be written as one string. */
const WORDS: readonly (readonly [block: string, key: string])[] = [
  ['native', 'args'],
  ['native', 'stopCommand'],
  ['healthCheck', 'command'],
  ['container', 'command'],
  ['container', 'args'],
  ['container', 'entrypoint'],
  ['java', 'args'],
  ['java', 'jvmArgs'],
  ['jvm', 'args'],
];

/**
 * Command lines as lists. Split before any `${…}` is replaced, so that a value never falls into pieces; one that is a single `${…}`
 * stays, as its value may be a list.
 */
function splitWords(value: JsonObject, written: Lifted['written'], fault: (fault: DialectFault) => void): JsonObject {
  let out = value;
  for (const [block, key] of WORDS) {
    const holder = out[block];
    const line = isObject(holder) ? holder[key] : undefined;
    if (!isObject(holder) || typeof line !== 'string' || /^\$\{[^}]*\}$/.test(line)) continue;
    const list = shellWords(line);
    if (list === undefined) {
      const path = written([block, key]);
      const details = {
        key: pathText(path),
        expected: 'a command line with its quotes closed',
        value: valueText(line),
      };
      fault({ code: 'PJ1012', details, paths: [{ path, at: 'value' }] });
    }
    if (out === value) out = { ...value };
    out[block] = { ...holder, [key]: list ?? [] };
  }
  return out;
}

interface Property {
  key: string;
  given: Json;
  kind: Kind;
  put: (to: Path, from: Path, given: Json) => void;
  fault: (fault: DialectFault) => void;
}

function liftProperty({ key, given, kind, put, fault }: Property): void {
  const from = ['properties', key];
  const flat = FLAT_KEYS.get(key);
  const map = flat === undefined ? FLAT_MAPS.find(([prefix]) => key.startsWith(prefix)) : undefined;
  if (flat === undefined && map === undefined) {
    if (flatKind(key) === undefined) put([kind === 'java' ? 'properties' : 'env', key], from, given);
    else {
      const known = [...FLAT_KEYS.keys()].filter((name) => name.startsWith(`${kind}.`));
      const details = { key, where: '`properties`', suggestion: suggestion(key, known) };
      fault({ code: 'PJ1010', details, paths: [{ path: from, at: 'key' }] });
    }
    return;
  }
  const read: FlatReader = flat?.read ?? map?.[2] ?? ((each) => each);
  const now = read(given);
  if (now === undefined) {
    const expected = flat?.expects ?? 'a text';
    const details = { key, expected, value: valueText(given) };
    fault({ code: 'PJ1012', details, paths: [{ path: from, at: 'value' }] });
    return;
  }
  const to = flat?.path ?? [...(map?.[1] ?? []), key.slice(map?.[0].length)];
  // the entries of a map go in one by one, so that each can meet its like from elsewhere
  if (isObject(now) && !Array.isArray(given) && typeof given === 'string') {
    for (const [name, entry] of Object.entries(now)) if (entry !== undefined) put([...to, name], from, entry);
  } else put(to, from, now);
}

const readList = (given: Json): Json | undefined => FLAT_KEYS.get('java.classpath')?.read(given);

/** `container: {env: …}` and `container.env` are the common `env`. */
function moveEnv(value: JsonObject, kind: Kind, written: Lifted['written'], put: Property['put']): void {
  const block = value[kind];
  if (!isObject(block) || block['env'] === undefined) return;
  const { env, ...rest } = block;
  const entries = Array.isArray(env) ? env.map(parseAssignment) : isObject(env) ? Object.entries(env) : undefined;
  // neither a map nor a list of NAME=VALUE: it stays, and the schema refuses it
  if (entries === undefined || entries.some((entry) => entry === undefined)) return;
  value[kind] = rest;
  for (const [i, entry] of entries.entries()) {
    if (entry?.[1] === undefined) continue;
    put(['env', entry[0]], written([kind, 'env', Array.isArray(env) ? i : entry[0]]), entry[1]);
  }
}

function parseAssignment(entry: Json): [string, Json] | undefined {
  if (typeof entry !== 'string') return undefined;
  const equals = entry.indexOf('=');
  return equals > 0 ? [entry.slice(0, equals), entry.slice(equals + 1)] : undefined;
}

/** Sets a value unless there is one, which it gives back. Short forms on the way (`disk: path`) become maps. */
function set(root: JsonObject, path: Path, given: Json): Json | undefined {
  let here = root;
  for (const step of path.slice(0, -1)) {
    const next = here[step];
    if (isObject(next)) {
      // what came from the document is not written to
      here[step] = { ...next };
    } else if (next === undefined) here[step] = {};
    else return next;
    here = here[step] as JsonObject;
  }
  const last = String(path.at(-1));
  const before = Object.hasOwn(here, last) ? here[last] : undefined;
  if (before === undefined) here[last] = given;
  return before;
}

/** Equal, or equal as text: flat values are strings. */
function sameValue(a: Json, b: Json): boolean {
  if (equal(a, b)) return true;
  if (typeof a === 'string' && Array.isArray(b)) return sameValue(shellWords(a) ?? a, b);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, i) => sameValue(each, b[i] ?? null));
  if (typeof a === 'object' || typeof b === 'object') return false;
  if (String(a) === String(b)) return true;
  // 2048 and 2GiB
  const size = bytes(a);
  return size !== undefined && size === bytes(typeof b === 'string' && /^\d+$/.test(b) ? Number(b) : b);
}

function writtenPath(path: Path, origins: ReadonlyMap<string, Path>): Path {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(`/${path.slice(0, length).join('/')}`);
    if (origin !== undefined) return length === path.length ? origin : [...origin, ...path.slice(length)];
  }
  return path;
}
