import { type Column, table } from './table.ts';
import { columns, middleCut } from './width.ts';

/**
 * A table that fits: where the screen is too narrow the columns of `spare` are left out, the first first, and at last the first column (ids) is shortened
 * in its middle, to 16 columns at least. Give it `width: Infinity` for what is no screen.
 */
export function narrowedTable(
  head: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  spare: readonly string[],
  options: { title: (text: string) => string },
): string[] {
  let shown = head.map((_, i) => i);
  const widths = head.map((column, i) => Math.max(columns(column.title), ...rows.map((row) => columns(row[i] ?? ''))));
  // One long name must not cost everybody their columns.
  widths[0] = Math.min(widths[0] ?? 0, Math.max(20, Math.floor(width * 0.45)));
  const total = () => shown.reduce((sum, i) => sum + (widths[i] ?? 0), 2 * (shown.length - 1));
  for (const title of spare) {
    if (total() <= width) break;
    shown = shown.filter((i) => head[i]?.title !== title);
  }
  const idRoom = Math.max(16, width - total() + (widths[0] ?? 0));
  const cells = rows.map((row) => shown.map((i) => (i === 0 ? middleCut(row[0] ?? '', idRoom) : (row[i] ?? ''))));
  const kept = shown.flatMap((i) => head[i] ?? []);
  return table(kept, cells, options);
}
