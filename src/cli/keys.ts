/** Sequences of terminals for keys that are no characters. */
const SEQUENCES: Record<string, string> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  '1~': 'home',
  '4~': 'end',
  '7~': 'home',
  '8~': 'end',
  '5~': 'page-up',
  '6~': 'page-down',
};

/** One key: what follows ESC [ or ESC O, ESC alone, or a character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control characters
const KEY = /\u001b[[O]([0-?]*[ -/]*[@-~])|\u001b|[^\u001b]/gu;

/** The keys in what a terminal in raw mode sent: characters as they are, others by name (`up`, `page-down`, `ctrl-c`, `escape`); unknown ones are left out. */
export function keysIn(text: string): string[] {
  return [...text.matchAll(KEY)].flatMap(([key, sequence]) => {
    if (sequence !== undefined) return SEQUENCES[sequence] ?? [];
    if (key === '\u001b') return 'escape';
    if (key === '\r' || key === '\n') return 'enter';
    const code = key.charCodeAt(0);
    return code > 0 && code < 27 ? `ctrl-${String.fromCharCode(code + 96)}` : code < 32 || code === 127 ? [] : key;
  });
}
