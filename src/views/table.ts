import { columns, padEnd, padStart, truncate } from './width.ts';

/** One column of a table. */
export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** Colours a cell after it was padded. */
  paint?(text: string, row: number): string;
}

/**
 * A table as lines: a title line and one line a row, columns two spaces apart, no trailing spaces. With `width`, the last
 * column is cut so that no line is wider. Cells must be safe text (one line, no control characters, no colour).
 */
export function table(
  head: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { width?: number; title?: (text: string) => string; indent?: string } = {},
): string[] {
  const widths = head.map((column, i) =>
    rows.reduce((widest, row) => Math.max(widest, columns(row[i] ?? '')), columns(column.title)),
  );
  const indent = options.indent ?? '';
  if (options.width !== undefined && widths.length > 0) {
    const last = widths.length - 1;
    const before = widths.slice(0, last).reduce((sum, w) => sum + w + 2, indent.length);
    // A last column of under 8 columns would say nothing; then the line may as well wrap.
    widths[last] = Math.min(widths[last] ?? 0, Math.max(8, options.width - before));
  }
  const line = (cells: readonly string[], row: number | undefined): string => {
    const out = head.map((column, i) => {
      const width = widths[i] ?? 0;
      const text = truncate(cells[i] ?? '', width);
      const last = i === head.length - 1;
      const padded = column.align === 'right' ? padStart(text, width) : last ? text : padEnd(text, width);
      return row === undefined || column.paint === undefined ? padded : column.paint(padded, row);
    });
    return (indent + out.join('  ')).trimEnd();
  };
  const title = line(
    head.map((column) => column.title),
    undefined,
  );
  const titled = head.some((column) => column.title !== '') ? [options.title?.(title) ?? title] : [];
  return [...titled, ...rows.map((row, i) => line(row, i))];
}
