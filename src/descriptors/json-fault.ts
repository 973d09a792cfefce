/** What is wrong with a text that is no JSON, and where: an offset into it. */
export interface JsonFault {
  what: string;
  offset: number;
}

/** The fault of a text that JSON.parse refuses. The engine tells the place of some faults only; that of the others is searched for. */
export function jsonFault(text: string): JsonFault {
  const message = complaint(text) ?? 'unexpected end of JSON input';
  const told = /at position (\d+)/.exec(message)?.[1];
  const what = message
    .replace(/,? (\.\.\.)?"[\s\S]*" ?(\.\.\.)? ?is not valid JSON$/, '')
    .replace(/,? \.\.\.[\s\S]* is not valid JSON$/, '')
    .replace(/ (in JSON )?at position \d+[\s\S]*$/, '');
  const offset = told === undefined ? firstBad(text) : Number(told);
  return { what: what.charAt(0).toLowerCase() + what.slice(1), offset: Math.max(0, Math.min(offset, text.length - 1)) };
}

/** The offset of the first character after which nothing could make JSON of the text. */
function firstBad(text: string): number {
  let good = 0;
  let bad = text.length;
  // whatever begins a JSON text is cut off at its end, and that is all that is wrong with it
  if (isBeginning(text, bad)) return text.trimEnd().length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isBeginning(text, middle)) good = middle;
    else bad = middle;
  }
  return bad - 1;
}

function isBeginning(text: string, length: number): boolean {
  const message = complaint(text.slice(0, length));
  if (message === undefined || /end of JSON|Unterminated string/.test(message)) return true;
  const told = /at position (\d+)/.exec(message)?.[1];
  return told !== undefined && Number(told) >= length;
}

function complaint(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
