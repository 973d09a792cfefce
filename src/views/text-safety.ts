/**
 * Characters that could change what a terminal or a reader sees: control characters (C0, DEL, C1), line and paragraph
 * separators, and those that reorder or hide text (bidirectional marks, zero-width ones, tags).
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(char: string): string {
  const short = SHORT[char];
  if (short !== undefined) return short;
  const code = char.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Text from outside as one line that is safe on a terminal: what could steer it is shown as an escape such as `\u001b`. */
export function safe(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** As `safe`, and tabs stay: for lines of a multi-line value. */
export function safeLine(text: string): string {
  return text.replace(UNSAFE, (char) => (char === '\t' ? char : escaped(char)));
}

/** A string value as people know it from Terraform: in double quotes, on one line, safe on a terminal. */
export function quoted(text: string): string {
  return `"${safe(text.replace(/["\\]/g, '\\$&'))}"`;
}

/** The text as lines, each safe on a terminal; for messages that may have several. */
export function safeLines(text: string): string[] {
  return text.split(/\r?\n/).map(safeLine);
}
