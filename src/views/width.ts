import stringWidth from 'string-width';

const PLAIN = /^[\x20-\x7e]*$/;

/** Columns that a text takes on a terminal; colour codes take none. */
export function columns(text: string): number {
  // The general way costs microseconds a call, and nearly every text is plain.
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** The text with spaces after it up to that many columns; longer text is left as it is. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

/** The text with spaces before it up to that many columns; longer text is left as it is. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columns(text))) + text;
}

/** The text cut to that many columns, ending in `...` where it was cut. Give it text without colour. */
export function truncate(text: string, width: number): string {
  if (columns(text) <= width) return text;
  const room = width - 3;
  if (room <= 0) return '...'.slice(0, Math.max(0, width));
  let out = '';
  let used = 0;
  for (const char of text) {
    const wide = columns(char);
    if (used + wide > room) break;
    out += char;
    used += wide;
  }
  // Combined characters can be wider or narrower than the sum of their parts.
  while (columns(out) > room) out = [...out].slice(0, -1).join('');
  return `${out}...`;
}

/** The text cut to that many columns, with `...` in place of its middle: ids of replicas differ at their ends. */
export function middleCut(text: string, width: number): string {
  if (columns(text) <= width) return text;
  const tail = Math.max(0, Math.floor((width - 3) / 2));
  const end = [...text].slice(-tail || text.length).join('');
  return tail === 0 ? truncate(text, width) : `${truncate(text, width - columns(end))}${end}`;
}

/** The text broken between words into lines of at most that many columns; a longer word stays whole. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && columns(longer) > width) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  lines.push(line);
  return lines;
}
