import { describe, expect, it } from 'vitest';
import { liveLines } from '../../src/cli/live-lines.ts';
import type { Step } from '../../src/model/plan.ts';
import { until } from '../support/pj.ts';

const step: Step = {
  id: 'start a-name-of-some-length',
  workload: 'a-name-of-some-length',
  action: 'start',
  generation: 1,
  dependsOn: [],
  cause: { type: 'configured' },
};

describe('the live part of the screen', () => {
  it('is taken away whole in a window that was made narrower, where each line takes several rows', async () => {
    const size = { columns: 80, rows: 24 };
    let written = '';
    const live = liveLines(
      {},
      (text) => (written += text),
      () => size,
    );
    live.hear({ type: 'step_start', step });
    await until('it is drawn', () => written.includes('Starting...'));
    const drawn = written.split('\n').filter((line) => /Starting|done/.test(line));
    size.columns = 20;
    written = '';
    live.end();
    const rows = drawn.reduce((sum, line) => sum + Math.ceil(line.replace(/^.*\[\?25l/, '').length / 20), 0);
    expect(rows).toBeGreaterThan(drawn.length);
    expect(written.startsWith(`\u001b[${rows}A`)).toBe(true);
    expect(written).toContain('\u001b[?25h');
  });
});
