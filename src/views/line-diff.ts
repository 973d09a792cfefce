/** One line of a multi-line value's diff. */
export interface DiffLine {
  symbol: '+' | '-' | ' ';
  text: string;
}

/** Compares two texts line by line. */
export type LineDiff = (before: string, after: string) => DiffLine[];

/** More edits than this and the two are shown as wholly different; it bounds the time. */
const MAX_EDITS = 2000;

/** Loads the diff library, which costs time at start, and gives the function that uses it. */
export async function loadLineDiff(): Promise<LineDiff> {
  const { diffArrays } = await import('diff');
  return (before, after) => {
    const a = before.split('\n');
    const b = after.split('\n');
    const parts = diffArrays(a, b, { maxEditLength: MAX_EDITS });
    if (parts === undefined) return [...mark('-', a), ...mark('+', b)];
    return parts.flatMap((part) => mark(part.removed ? '-' : part.added ? '+' : ' ', part.value));
  };
}

/** For values that have one line each: no library is needed. */
export const wholeLines: LineDiff = (before, after) => [
  ...mark('-', before.split('\n')),
  ...mark('+', after.split('\n')),
];

function mark(symbol: DiffLine['symbol'], lines: readonly string[]): DiffLine[] {
  return lines.map((text) => ({ symbol, text }));
}

/** The diff with runs of unchanged lines cut to `context` lines around the changes; `undefined` stands for a cut, with its count. */
export function withContext(lines: readonly DiffLine[], context: number): (DiffLine | { hidden: number })[] {
  const keep = new Array<boolean>(lines.length).fill(false);
  lines.forEach((line, i) => {
    if (line.symbol === ' ') return;
    for (let k = Math.max(0, i - context); k <= Math.min(lines.length - 1, i + context); k++) keep[k] = true;
  });
  const out: (DiffLine | { hidden: number })[] = [];
  let hidden = 0;
  lines.forEach((line, i) => {
    if (keep[i]) {
      if (hidden > 0) out.push({ hidden });
      hidden = 0;
      out.push(line);
    } else hidden++;
  });
  if (hidden > 0) out.push({ hidden });
  return out;
}
