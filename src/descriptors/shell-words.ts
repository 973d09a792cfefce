/**
 * Splits a command line as a POSIX shell would: blanks part words, quotes and backslashes keep them together. Nothing is
 * expanded, and a `${…}` is never split, whatever stands in it. Undefined when a quote is left open.
 */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let i = 0;
  while (i < text.length) {
    const c = text[i] ?? '';
    const template = c === '$' ? /^\$?\$\{[^}]*\}/.exec(text.slice(i))?.[0] : undefined;
    if (template !== undefined) {
      word = (word ?? '') + template;
      i += template.length;
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      i++;
    } else if (c === "'") {
      const end = text.indexOf("'", i + 1);
      if (end < 0) return undefined;
      word = (word ?? '') + text.slice(i + 1, end);
      i = end + 1;
    } else if (c === '"') {
      i++;
      word ??= '';
      for (;;) {
        const q = text[i];
        if (q === undefined) return undefined;
        if (q === '"') break;
        if (q === '\\' && /["\\$`]/.test(text[i + 1] ?? '')) i++;
        word += text[i];
        i++;
      }
      i++;
    } else {
      if (c === '\\') {
        i++;
        if (i >= text.length) return undefined;
      }
      word = (word ?? '') + text[i];
      i++;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
