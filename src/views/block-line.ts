import type { Paint } from './paint.ts';

export type LineSymbol = '+' | '-' | '~' | ' ';

/** One line of a resource's block, before it is text: so that a terminal and a diff fence can each write it their way. */
export interface BlockLine {
  /** Columns before the symbol. */
  indent: number;
  symbol: LineSymbol;
  /** Safe text, one line. */
  text: string;
  /** Shown at its end as `# forces replacement`. */
  note?: string;
  /** Comments and hidden counts. */
  faint?: boolean;
}

/** The line as Terraform prints it: indent, symbol, text. */
export function blockLineText(line: BlockLine, paint: Paint): string {
  const note =
    line.note === undefined
      ? ''
      : ` ${(/forces|outside|destroyed/.test(line.note) ? paint.remove : paint.faint)(`# ${line.note}`)}`;
  const text = line.faint === true ? paint.faint(line.text) : line.text;
  return `${' '.repeat(line.indent)}${painted(line.symbol, paint)} ${text}${note}`.trimEnd();
}

/** The line for a ```diff fence: `+`, `-` or `!` in the first column. */
export function blockLineDiff(line: BlockLine): string {
  const mark = line.symbol === '~' ? '!' : line.symbol;
  const note = line.note === undefined ? '' : ` # ${line.note}`;
  return `${mark} ${' '.repeat(line.indent)}${line.text}${note}`.trimEnd();
}

function painted(symbol: LineSymbol, paint: Paint): string {
  if (symbol === '+') return paint.add(symbol);
  if (symbol === '-') return paint.remove(symbol);
  return symbol === '~' ? paint.change(symbol) : symbol;
}
