export type ColorLevel = 0 | 1 | 2 | 3;

/** What decides about colour. */
export interface ColorFacts {
  env: Record<string, string | undefined>;
  /** The output is a terminal. */
  tty: boolean;
  /** `--no-color` was given. */
  noColor: boolean;
}

/**
 * How many colours an output gets: 0 none, 1 sixteen, 2 256, 3 all. In this order: `--no-color`, `PJ_NO_COLOR` and `NO_COLOR` (any
 * text but the empty one) switch it off; `FORCE_COLOR` (0 to 3, or anything) sets it; else a terminal has it, unless `TERM` is `dumb`.
 */
export function colorLevel({ env, tty, noColor }: ColorFacts): ColorLevel {
  if (noColor || env['PJ_NO_COLOR'] || env['NO_COLOR']) return 0;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') {
    if (forced === '0' || forced === 'false') return 0;
    return forced === '2' ? 2 : forced === '3' ? 3 : (Math.max(1, ofTerminal(env)) as ColorLevel);
  }
  return tty ? ofTerminal(env) : 0;
}

function ofTerminal(env: Record<string, string | undefined>): ColorLevel {
  const term = env['TERM'] ?? '';
  if (term === 'dumb' || term === '') return 0;
  if (/^(truecolor|24bit)$/.test(env['COLORTERM'] ?? '')) return 3;
  return /256/.test(term) ? 2 : 1;
}
