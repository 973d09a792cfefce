/** What a code frame points at: line and column from 1, and how many characters are marked (default 1). */
export interface FrameTarget {
  line: number;
  column: number;
  length?: number;
}

const WIDEST = 160;

/**
 * A piece of a source text with a caret under the place, two lines of context on each side. Lines of text, no colour,
 * no newline at the end. Long lines are cut around the place.
 */
export function codeFrame(text: string, target: FrameTarget): string {
  const lines = text.split(/\r?\n/);
  const first = Math.max(1, target.line - 2);
  const last = Math.min(lines.length, target.line + 2);
  const gutter = String(last).length;
  const skip = target.column > WIDEST - 20 ? target.column - 60 : 0;
  const out: string[] = [];
  for (let n = first; n <= last; n++) {
    // tabs would shift the caret
    const line = (lines[n - 1] ?? '').replaceAll('\t', ' ');
    if (n === lines.length && line === '' && n > target.line) continue;
    const shown = skip > 0 ? `…${line.slice(skip + 1, skip + WIDEST)}` : line.slice(0, WIDEST);
    const mark = n === target.line ? '>' : ' ';
    out.push(`${mark} ${String(n).padStart(gutter)} | ${shown}`.trimEnd());
    if (n === target.line) {
      const room = Math.max(1, Math.min(target.length ?? 1, shown.length - (target.column - 1 - skip)));
      out.push(`  ${' '.repeat(gutter)} | ${' '.repeat(Math.max(0, target.column - 1 - skip))}${'^'.repeat(room)}`);
    }
  }
  return out.join('\n');
}
