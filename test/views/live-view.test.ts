import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import type { Step } from '../../src/model/plan.ts';
import { emptyView, frame, type LiveView, reduceView } from '../../src/views/live-view.ts';
import { columns } from '../../src/views/width.ts';
import { CONFIGURED, change, planOf } from './plan-fixtures.ts';

const step = (id: string): Step => ({
  id: `start ${id}`,
  workload: id,
  action: 'start',
  generation: 1,
  dependsOn: [],
  cause: CONFIGURED,
});
const start = (id: string): Event => ({ type: 'step_start', step: step(id) });
const viewOf = (events: Event[], from: LiveView = emptyView()): LiveView =>
  events.reduce((view, event, i) => reduceView(view, event, i * 1000), from);
const plan = planOf([
  change('web', 'start', { before: {}, after: {} }),
  change('db', 'start', { before: {}, after: {} }),
]);

describe('the live view', () => {
  it('shows what ended, what runs and the counts', () => {
    const view = viewOf([
      { type: 'plan_complete', plan },
      start('db'),
      { type: 'step_complete', step: step('db'), elapsedMs: 1400 },
      start('web'),
      { type: 'step_progress', step: step('web'), message: 'waiting for port 80', elapsedMs: 100 },
    ]);
    expect(frame(view, { width: 80, height: 10, at: 5100 })).toEqual([
      '+ pj_native.db: Started after 1.4s',
      '\\ pj_native.web: Starting... [2s] (waiting for port 80)',
      '1/2 done, 1 running, 4s',
    ]);
  });

  it('tells failures, skipped steps and interrupts', () => {
    const view = viewOf([
      { type: 'plan_complete', plan },
      start('db'),
      { type: 'step_errored', step: step('db'), elapsedMs: 20, code: 'PJ5001', message: 'no' },
      { type: 'step_skipped', step: step('web'), because: 'start db', reason: 'dependency-failed' },
      { type: 'interrupting', running: [], count: 1 },
    ]);
    expect(frame(view, { width: 80, height: 10, at: 5000 })).toEqual([
      'x pj_native.db: Starting failed after 20ms',
      '- pj_native.web: Skipped start web',
      '0/2 done, 0 running, 1 failed, 1 skipped, 4s  Interrupted: running steps fini...',
    ]);
  });

  it('never has more lines than the terminal, none wider, whatever happens', () => {
    const id = fc.oneof(
      fc.constantFrom('web', 'db', '字'.repeat(60), '\u001b[2J'),
      fc.string({ unit: 'grapheme', maxLength: 90 }),
    );
    const event: fc.Arbitrary<Event> = fc.oneof(
      id.map(start),
      id.map((i): Event => ({ type: 'step_progress', step: step(i), message: i, elapsedMs: 5 })),
      id.map((i): Event => ({ type: 'step_complete', step: step(i), elapsedMs: 5 })),
      id.map((i): Event => ({ type: 'step_errored', step: step(i), elapsedMs: 5, code: 'X', message: i })),
      fc.constant<Event>({ type: 'plan_complete', plan }),
    );
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 40 }),
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 60 }),
        (events, height, width) => {
          const lines = frame(viewOf(events), { width, height, at: 99_000 });
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) {
            expect(columns(line)).toBeLessThanOrEqual(width);
            expect(line).not.toContain('\u001b');
            expect(line).not.toContain('\n');
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('says how many more run than there is room for', () => {
    const view = viewOf(['a', 'b', 'c', 'd', 'e'].map(start));
    const lines = frame(view, { width: 80, height: 4, at: 5000 });
    expect(lines).toHaveLength(4);
    expect(lines[2]).toBe('  ... and 3 more running');
  });

  it('keeps the number of ended steps in memory bounded', () => {
    const events = Array.from(
      { length: 500 },
      (_, i): Event => ({ type: 'step_complete', step: step(`w${i}`), elapsedMs: 1 }),
    );
    const view = viewOf(events);
    expect(view.counts.done).toBe(500);
    expect(view.ended.length).toBeLessThan(100);
  });
});
