import { describe, expect, it } from 'vitest';
import { colorLevel } from '../../src/cli/color.ts';

const terminal = { TERM: 'xterm-256color' };

describe('colour', () => {
  it.each([
    ['a terminal', {}, true, false, 2],
    ['a pipe', {}, false, false, 0],
    ['NO_COLOR', { NO_COLOR: '1' }, true, false, 0],
    ['an empty NO_COLOR, which means nothing', { NO_COLOR: '' }, true, false, 2],
    ['PJ_NO_COLOR', { PJ_NO_COLOR: '1' }, true, false, 0],
    ['--no-color', {}, true, true, 0],
    ['--no-color over FORCE_COLOR', { FORCE_COLOR: '3' }, true, true, 0],
    ['NO_COLOR over FORCE_COLOR', { FORCE_COLOR: '3', NO_COLOR: '1' }, true, false, 0],
    ['TERM=dumb', { TERM: 'dumb' }, true, false, 0],
    ['FORCE_COLOR in a pipe', { FORCE_COLOR: '1' }, false, false, 2],
    ['FORCE_COLOR=3', { FORCE_COLOR: '3' }, false, false, 3],
    ['FORCE_COLOR on a dumb terminal', { FORCE_COLOR: 'true', TERM: 'dumb' }, false, false, 1],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false, 0],
    ['COLORTERM', { COLORTERM: 'truecolor' }, true, false, 3],
  ] as const)('%s', (_, env, tty, noColor, level) => {
    expect(colorLevel({ env: { ...terminal, ...env }, tty, noColor })).toBe(level);
  });
});
