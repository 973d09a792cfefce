const BLOCKS = [...'▁▂▃▄▅▆▇█'];
const PLAIN = [...'_.-=+*%#'];

/**
 * The last `width` values as bars, one column each, the newest at the right; a space where a value is not known or not there yet. `max` is what a full bar
 * stands for (default the largest of them); what is above it is a full bar too.
 */
export function sparkline(
  values: readonly (number | undefined)[],
  width: number,
  options: { max?: number; unicode?: boolean } = {},
): string {
  const bars = options.unicode === false ? PLAIN : BLOCKS;
  const shown = (width <= 0 ? [] : values.slice(-width)).map((value) => (Number.isFinite(value) ? value : undefined));
  const max = options.max ?? Math.max(0, ...shown.map((value) => value ?? 0));
  const line = shown.map((value) => {
    if (value === undefined) return ' ';
    const step = max > 0 ? Math.ceil((value / max) * bars.length) - 1 : 0;
    return bars[Math.min(bars.length - 1, Math.max(0, step))] ?? ' ';
  });
  return line.join('').padStart(Math.max(0, width), ' ');
}

/** Whether a terminal of this environment shows more than ASCII: what its locale says, as the C library reads it. */
export function showsUnicode(env: Record<string, string | undefined>): boolean {
  return /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
}
