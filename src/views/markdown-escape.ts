import { safe } from './text-safety.ts';

/** Text for a table's cell or the inside of a line (not for its start): nothing in it is read as markdown, HTML, a mention or a reference. */
export function markdownText(text: string): string {
  return (
    safe(text)
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/[\\`*_[\]#|~$]/g, '\\$&')
      // An empty comment between the sign and the name keeps hosts from notifying somebody or linking an issue.
      .replace(/@(?=\w)/g, '@<!-- -->')
      .replace(/\\#(?=\d)/g, '\\#<!-- -->')
  );
}

/** Text as inline code, also inside a table. */
export function markdownCode(text: string): string {
  const one = safe(text).replaceAll('|', '\\|');
  const ticks = '`'.repeat(longestRun(one) + 1);
  const pad = one.startsWith('`') || one.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${one}${pad}${ticks}`;
}

/** A fence longer than any run of backticks in the text. */
export function fenceFor(text: string): string {
  return '`'.repeat(Math.max(3, longestRun(text) + 1));
}

/** Text for the inside of an HTML comment: no `--`, no `>`, no spaces; different texts stay different. */
export function commentText(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
    .replaceAll('--', '-%2D')
    .replace(/^-|-$/g, '%2D');
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
