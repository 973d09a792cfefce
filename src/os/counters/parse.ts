import { bytes } from './kept-file.ts';

const NEWLINE = 10;
const BLANK = 32;
const ZERO = 48;
const NINE = 57;
const MINUS = 45;

/** The number at the beginning of what was read; undefined for `max` and for none. */
export function firstNumber(length: number): number | undefined {
  return numberAt(0, length);
}

/** A number of the first line, counted from 0. */
export function nthNumber(length: number, n: number): number | undefined {
  let at = 0;
  for (let i = 0; i < n; i++) {
    at = bytes.indexOf(BLANK, at) + 1;
    if (at === 0 || at >= length) return undefined;
  }
  return numberAt(at, length);
}

/** The value of a key in lines of `key value`; `key` has the blank at its end. */
export function keyNumber(length: number, key: Buffer): number | undefined {
  const told = bytes.subarray(0, length);
  for (let at = told.indexOf(key); at >= 0; at = told.indexOf(key, at + 1))
    if (at === 0 || bytes[at - 1] === NEWLINE) return numberAt(at + key.length, length);
  return undefined;
}

/** The sum of what follows a word, wherever it stands: `rbytes=`, ` Read `. Undefined where it stands nowhere. */
export function sumAfter(length: number, word: Buffer): number | undefined {
  let sum: number | undefined;
  const told = bytes.subarray(0, length);
  for (let at = told.indexOf(word); at >= 0; at = told.indexOf(word, at + word.length))
    sum = (sum ?? 0) + (numberAt(at + word.length, length) ?? 0);
  return sum;
}

/** How many lines there are. */
export function countLines(length: number): number {
  let count = 0;
  for (let at = 0; at < length; at++) if (bytes[at] === NEWLINE) count += 1;
  return count;
}

/** Adds the number of each line, those above 0. */
export function addNumbers(length: number, into: Set<number>): void {
  let value = 0;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] ?? NEWLINE;
    if (byte >= ZERO && byte <= NINE) value = value * 10 + byte - ZERO;
    else {
      if (value > 0) into.add(value);
      value = 0;
    }
  }
}

export const word = (text: string): Buffer => Buffer.from(text, 'latin1');

function numberAt(from: number, length: number): number | undefined {
  let at = from;
  while (at < length && bytes[at] === BLANK) at += 1;
  const negative = bytes[at] === MINUS;
  if (negative) at += 1;
  let value = 0;
  let digits = 0;
  for (; at < length; at++, digits++) {
    const byte = bytes[at] ?? BLANK;
    if (byte < ZERO || byte > NINE) break;
    value = value * 10 + byte - ZERO;
  }
  return digits === 0 ? undefined : negative ? -value : value;
}
