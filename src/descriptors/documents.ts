/** One YAML document of a file: a slice of its text. The text is not copied. */
export interface SourceDocument {
  file: SourceFile;
  /** Offsets into the file's text. */
  start: number;
  end: number;
  /** The line of `start`, from 1. */
  line: number;
}

export interface SourceFile {
  /** Relative to the project, with `/`. */
  path: string;
  text: string;
  json: boolean;
}

/**
 * The documents of a file. By YAML's rules a line that begins with `---` or `...` ends a document wherever it stands (no scalar may
 * hold one), so that no parser is needed to part them. A directive (`%YAML`) stays with the document that it stands before.
 */
export function splitDocuments(file: SourceFile): SourceDocument[] {
  const { text } = file;
  const begin = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (file.json) return [{ file, start: begin, end: text.length, line: 1 }];
  const documents: SourceDocument[] = [];
  let start = begin;
  let line = 1;
  const cut = (end: number, nextLine: number): void => {
    if (/\S/.test(text.slice(start, end))) documents.push({ file, start, end, line });
    start = end;
    line = nextLine;
  };
  let at = begin;
  let atLine = 1;
  for (const found of text.matchAll(/^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm)) {
    for (let i = text.indexOf('\n', at); i >= 0 && i < found.index; i = text.indexOf('\n', i + 1)) atLine++;
    at = found.index;
    if (found[0] === '---') {
      if (!isDirectives(text.slice(start, at))) cut(at, atLine);
    } else {
      const newline = text.indexOf('\n', at);
      at = newline < 0 ? text.length : newline + 1;
      if (newline >= 0) atLine++;
      cut(at, atLine);
    }
  }
  cut(text.length, atLine);
  return documents;
}

/** True when a text holds directives (`%YAML 1.2`) and, comments aside, nothing else: it belongs to the document that follows. */
function isDirectives(text: string): boolean {
  if (!/^%/m.test(text)) return false;
  return text
    .split('\n')
    .every((each) => each.trim() === '' || each.startsWith('%') || each.trimStart().startsWith('#'));
}

/** The document's own text. */
export function textOf(document: SourceDocument): string {
  return document.file.text.slice(document.start, document.end);
}

/** The line, from 1, on which a document begins to say something; found without parsing. */
export function contentLine({ file, start, end, line }: SourceDocument): number {
  const blank = /(?:[ \t]*(?:#.*)?\r?\n|---[ \t]*(?:#.*)?\r?\n|%.*\r?\n)*/y;
  blank.lastIndex = start;
  const skipped = blank.exec(file.text)?.[0] ?? '';
  if (start + skipped.length >= end) return line;
  let count = line;
  for (let i = skipped.indexOf('\n'); i >= 0; i = skipped.indexOf('\n', i + 1)) count++;
  return count;
}
