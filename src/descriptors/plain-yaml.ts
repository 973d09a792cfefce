import type { Json, JsonObject } from '../model/json.ts';

// The part of YAML that nearly all descriptors are written in, read 10 times as fast as the whole of YAML is. It gives up on whatever
// it is not sure of (anchors, block scalars, escapes, several lines, odd numbers, doubled keys, …), and the caller then asks the real
// parser, which also makes all the error texts. A differential property test holds it to the real parser's answers.

/** Thrown, and caught here, to give up from any depth. */
const GIVE_UP = Symbol('not plain');

const KEY = /^([A-Za-z_][A-Za-z0-9_./-]{0,200}):(?: +|$)/;
const NOT_A_STRING_KEY = /^(null|true|false|__proto__|constructor)$/i;
// no tab, carriage return, control character, line separator, byte order mark or surrogate
const STRANGE = /[^\n\x20-\x7e\u00a1-\u1fff\u2010-\u2027\u2030-\ud7ff]/;
const INTEGER = /^-?(?:0|[1-9][0-9]{0,14})$/;
const DECIMAL = /^-?(?:0|[1-9][0-9]{0,8})\.[0-9]{1,6}$/;

interface Line {
  indent: number;
  text: string;
}

/** The value of a plain YAML document, a mapping; undefined when it is not that plain. Never throws. */
export function readPlainYaml(text: string): JsonObject | undefined {
  if (STRANGE.test(text)) return undefined;
  const lines: Line[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (i === 0 && /^--- *$/.test(line)) continue;
    let indent = 0;
    while (line.charCodeAt(indent) === 32) indent++;
    if (indent === line.length || line.charCodeAt(indent) === 35) continue;
    if (indent === 0 && (line.startsWith('---') || line.startsWith('...') || line.startsWith('%'))) return undefined;
    lines.push({ indent, text: line.slice(indent).trimEnd() });
  }
  if (lines.length === 0 || lines[0]?.indent !== 0) return undefined;
  try {
    const reader = { lines, next: 0 };
    const value = readMap(reader, 0);
    return reader.next === lines.length ? value : undefined;
  } catch (thrown) {
    if (thrown === GIVE_UP || thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

interface Reader {
  lines: Line[];
  next: number;
}

function readMap(reader: Reader, indent: number): JsonObject {
  const map: JsonObject = {};
  for (;;) {
    const line = reader.lines[reader.next];
    if (line === undefined || line.indent < indent) return map;
    if (line.indent > indent) throw GIVE_UP;
    const found = KEY.exec(line.text);
    const key = found?.[1];
    if (found === null || key === undefined || NOT_A_STRING_KEY.test(key) || Object.hasOwn(map, key)) throw GIVE_UP;
    reader.next++;
    map[key] = readValue(reader, line.text.slice(found[0].length), indent, true);
  }
}

function readList(reader: Reader, indent: number): Json[] {
  const list: Json[] = [];
  for (;;) {
    const line = reader.lines[reader.next];
    if (line === undefined || line.indent < indent) return list;
    if (line.indent > indent) throw GIVE_UP;
    const dash = /^- +/.exec(line.text)?.[0];
    if (dash === undefined) {
      if (line.text.startsWith('-')) throw GIVE_UP;
      return list;
    }
    const rest = line.text.slice(dash.length);
    if (KEY.test(rest)) {
      // a map that begins on the dash's line goes on in the column of its first key
      line.indent = indent + dash.length;
      line.text = rest;
      list.push(readMap(reader, line.indent));
    } else {
      reader.next++;
      list.push(readValue(reader, rest, indent, false));
    }
  }
}

/** What follows a key or a dash: on the same line, or as a block below it. */
function readValue(reader: Reader, rest: string, indent: number, ofKey: boolean): Json {
  const below = reader.lines[reader.next];
  if (rest === '' || rest.startsWith('#')) {
    if (!ofKey) throw GIVE_UP;
    if (below === undefined || below.indent < indent) return null;
    const isList = below.text.startsWith('- ');
    if (below.indent === indent) return isList ? readList(reader, indent) : null;
    return isList ? readList(reader, below.indent) : readMap(reader, below.indent);
  }
  // a deeper line would go on with this value
  if (below !== undefined && below.indent > indent) throw GIVE_UP;
  const first = rest.charAt(0);
  if (first === '[' || first === '{' || first === '"' || first === "'") {
    const cursor = { text: rest, at: 0 };
    const value = readFlow(cursor);
    const tail = rest.slice(cursor.at);
    if (tail !== '' && !/^ +(#.*)?$/.test(tail)) throw GIVE_UP;
    return value;
  }
  const comment = rest.indexOf(' #');
  const text = comment < 0 ? rest : rest.slice(0, comment).trimEnd();
  if (text.includes(': ') || text.endsWith(':')) throw GIVE_UP;
  return plainScalar(text);
}

interface Cursor {
  text: string;
  at: number;
}

/** A list, map, quoted text or plain text within brackets, all on one line. */
function readFlow(cursor: Cursor): Json {
  const { text } = cursor;
  const first = text.charAt(cursor.at);
  if (first === '"' || first === "'") return quoted(cursor, first);
  if (first === '[') {
    const list: Json[] = [];
    cursor.at++;
    blanks(cursor);
    while (text.charAt(cursor.at) !== ']') {
      list.push(readFlow(cursor));
      separator(cursor, ']');
    }
    cursor.at++;
    return list;
  }
  if (first === '{') {
    const map: JsonObject = {};
    cursor.at++;
    blanks(cursor);
    while (text.charAt(cursor.at) !== '}') {
      const found = KEY.exec(text.slice(cursor.at));
      const key = found?.[1];
      if (found === null || key === undefined || NOT_A_STRING_KEY.test(key) || Object.hasOwn(map, key)) throw GIVE_UP;
      cursor.at += found[0].length;
      map[key] = readFlow(cursor);
      separator(cursor, '}');
    }
    cursor.at++;
    return map;
  }
  const start = cursor.at;
  while (cursor.at < text.length && !/[,[\]{}]/.test(text.charAt(cursor.at))) cursor.at++;
  const plain = text.slice(start, cursor.at).trimEnd();
  // a colon between letters (a url, a port pair) is text; any other might part a key from its value
  if (plain === '' || plain.includes('#') || /:(?![A-Za-z0-9/])/.test(plain)) throw GIVE_UP;
  return plainScalar(plain);
}

function blanks(cursor: Cursor): void {
  while (cursor.text.charCodeAt(cursor.at) === 32) cursor.at++;
}

/** Steps over blanks and one comma; a comma before the closing bracket, and the line's end, are not plain. */
function separator(cursor: Cursor, close: string): void {
  blanks(cursor);
  const c = cursor.text.charAt(cursor.at);
  if (c === close) return;
  if (c !== ',') throw GIVE_UP;
  cursor.at++;
  blanks(cursor);
  if (cursor.text.charAt(cursor.at) === close) throw GIVE_UP;
}

/** A quoted text without escapes. */
function quoted(cursor: Cursor, quote: string): string {
  const end = cursor.text.indexOf(quote, cursor.at + 1);
  if (end < 0 || cursor.text.charAt(end + 1) === quote) throw GIVE_UP;
  const value = cursor.text.slice(cursor.at + 1, end);
  if (quote === '"' && value.includes('\\')) throw GIVE_UP;
  cursor.at = end + 1;
  return value;
}

/** A scalar without quotes, by YAML 1.2's core schema. */
function plainScalar(text: string): Json {
  const c = text.charCodeAt(0);
  // letters, `/`, `$` and `_` first: neither a number nor an indicator
  if ((c >= 97 && c <= 122) || (c >= 65 && c <= 90)) {
    if (text.length > 5) return text;
    switch (text) {
      case 'null':
      case 'Null':
      case 'NULL':
        return null;
      case 'true':
      case 'True':
      case 'TRUE':
        return true;
      case 'false':
      case 'False':
      case 'FALSE':
        return false;
      default:
        return text;
    }
  }
  if (c === 47 || c === 36 || c === 95) return text;
  // a path such as ./x, ../x or .pj/x, or an option such as -v; `.inf` and `.nan` are numbers
  if (/^(\.\.?\/|\.[A-Za-z]|--?[A-Za-z])/.test(text) && !/^\.(inf|nan)$/i.test(text)) return text;
  if (INTEGER.test(text)) return Number(text);
  if (DECIMAL.test(text)) return Number(text);
  // starts with a digit and holds a letter or sign that no number has: text such as 512MiB, 10s or 10.0.0.1
  if (c >= 48 && c <= 57 && (/[^0-9a-fxoA-FXO.+_-]/.test(text) || /\..*\./.test(text))) return text;
  throw GIVE_UP;
}
