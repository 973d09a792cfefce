import { describe, expect, it } from 'vitest';
import type { ApplyResult, Event } from '../../src/model/event.ts';
import type { Step } from '../../src/model/plan.ts';
import { applyLines } from '../../src/views/apply-text.ts';
import { CONFIGURED, change, minutesAgo, NOW, planOf } from './plan-fixtures.ts';

const step = (id: string, action: Step['action'], more: Partial<Step> = {}): Step => ({
  id: `${action} ${id}`,
  workload: id,
  action,
  generation: 1,
  dependsOn: [],
  cause: CONFIGURED,
  ...more,
});

function lines(...events: Event[]): string[] {
  const toLines = applyLines({ width: 80, now: () => NOW });
  const plan = planOf([change('web', 'create', { after: {} }), change('db', 'create', { after: {} })]);
  toLines({ type: 'plan_complete', plan });
  return events.flatMap(toLines);
}

const result = (more: Partial<ApplyResult>): Event => ({
  type: 'apply_complete',
  result: {
    outcome: 'ok',
    steps: [],
    rolledBack: [],
    summary: { add: 7, change: 0, destroy: 0, forget: 0 },
    elapsedMs: 3210,
    ...more,
  },
});

const did = (id: string, action: Step['action'], outcome: 'done' | 'failed' = 'done') => ({
  step: `${action} ${id}`,
  workload: id,
  action,
  outcome,
  elapsedMs: 5,
});

describe('the last sentence of an imperative command', () => {
  it.each([
    ['stop', [did('a', 'stop'), did('b', 'stop')], 'Stop complete! 2 workloads stopped.'],
    ['start', [did('a', 'start'), did('a', 'wait')], 'Start complete! 1 workload started.'],
    [
      'restart',
      [did('a', 'stop'), did('a', 'start'), did('down', 'start')],
      'Restart complete! 1 workload restarted, 1 started.',
    ],
    ['pause', [did('a', 'pause')], 'Pause complete! 1 workload paused.'],
    ['resume', [did('a', 'resume')], 'Resume complete! 1 workload resumed.'],
  ] as const)('of pj %s counts what it did', (verb, steps, sentence) => {
    const toLines = applyLines({ width: 80, now: () => NOW, ending: { verb, again: `pj ${verb} a` } });
    const text = toLines(result({ steps: [...steps] }));
    expect(text.at(-1)).toBe(sentence);
  });

  it('never says complete of what failed, and tells the command itself to go on with, with its flags', () => {
    const ending = { verb: 'stop', again: 'pj stop a b', flags: ['--dir shop'] } as const;
    const toLines = applyLines({ width: 80, now: () => NOW, ending });
    const steps = [did('a', 'stop'), { ...did('b', 'stop', 'failed'), error: { code: 'PJ5303', message: 'no' } }];
    const text = toLines(result({ outcome: 'partial', steps, next: 'pj apply' }));
    expect(text.slice(-2)).toEqual(['Stop partly failed. 1 workload stopped.', 'To go on: pj stop a b --dir shop']);
  });
});

describe('apply on plain lines', () => {
  it('tells an instance that was replaced from the one that runs', () => {
    const old = { ...step('web', 'stop'), id: 'stop web@1' };
    expect(lines({ type: 'step_start', step: old })).toEqual(['pj_native.web (replaced instance): Stopping...']);
    const orphan: Step = { ...step('web', 'destroy'), id: 'destroy web@1', cause: { type: 'orphan' } };
    expect(lines({ type: 'step_start', step: orphan })).toEqual(['pj_native.web (orphan): Destroying...']);
  });

  it('leaves out an id of the engine that is the name again', () => {
    const complete = (engineId: string): Event => ({
      type: 'step_complete',
      step: step('web', 'create'),
      elapsedMs: 0,
      engineId,
    });
    expect(lines(complete('web'))).toEqual(['pj_native.web: Creation complete after 0s']);
    expect(lines(complete('c0ffee'))).toEqual(['pj_native.web: Creation complete after 0s [id=c0ffee]']);
  });

  it("tells steps in Terraform's words", () => {
    expect(
      lines(
        { type: 'step_start', step: step('web', 'create') },
        { type: 'step_complete', step: step('web', 'create'), elapsedMs: 400, engineId: '4711' },
        { type: 'step_start', step: step('web', 'start') },
        { type: 'step_complete', step: step('web', 'start'), elapsedMs: 1200 },
        { type: 'step_start', step: step('web', 'wait', { condition: 'healthy' }) },
        { type: 'step_complete', step: step('web', 'wait', { condition: 'healthy' }), elapsedMs: 2100 },
        { type: 'step_start', step: step('web', 'update') },
        { type: 'step_complete', step: step('web', 'update'), elapsedMs: 70_000 },
        { type: 'step_start', step: step('web', 'destroy') },
        { type: 'step_complete', step: step('web', 'destroy'), elapsedMs: 3_605_000 },
      ),
    ).toEqual([
      'pj_native.web: Creating...',
      'pj_native.web: Creation complete after 0s [id=4711]',
      'pj_native.web: Starting...',
      'pj_native.web: Started after 1s',
      'pj_native.web: Waiting until healthy...',
      'pj_native.web: Healthy after 2s',
      'pj_native.web: Modifying...',
      'pj_native.web: Modifications complete after 1m10s',
      'pj_native.web: Destroying...',
      'pj_native.web: Destruction complete after 1h0m5s',
    ]);
  });

  it('tells that a step goes on every 10 s, not with every message', () => {
    const progress = (elapsedMs: number): Event => ({
      type: 'step_progress',
      step: step('web', 'create'),
      message: 'pulling',
      elapsedMs,
    });
    expect(lines(progress(500), progress(9_999), progress(10_000), progress(15_000), progress(21_000))).toEqual([
      'pj_native.web: Still creating... (pulling) [10s elapsed]',
      'pj_native.web: Still creating... (pulling) [21s elapsed]',
    ]);
  });

  it('names the holder of the lock and since when, and what was recovered', () => {
    expect(
      lines(
        { type: 'lock_waiting', holder: 'ann@host pid 7', since: minutesAgo(4), operation: 'apply' },
        { type: 'recovered', workload: 'web', action: 'create', verdict: 'cleaned' },
        { type: 'step_skipped', step: step('web', 'start'), because: 'start db', reason: 'dependency-failed' },
        { type: 'interrupting', running: ['start db'], count: 1 },
      ),
    ).toEqual([
      'Waiting for the state lock: apply by ann@host pid 7, begun 4 min ago',
      'pj_native.web: Removed what an interrupted create had left half made',
      'pj_native.web: Skipped start web: start db failed',
      '',
      'Interrupt received. No new step starts; running ones finish. Running: start db.',
      'Interrupt again to stop at once.',
    ]);
  });

  it("ends with the counts, the time and Terraform's sentence", () => {
    expect(lines(result({}))).toEqual([
      '',
      'Steps: 0 done, 0 failed, 0 skipped, 0 not started, in 3.2s.',
      'Apply complete! Resources: 7 added, 0 changed, 0 destroyed.',
    ]);
  });

  it('ends a failure with what failed, what was skipped and why, and the command to go on with', () => {
    const steps: ApplyResult['steps'] = [
      { step: 'create db', workload: 'db', action: 'create', outcome: 'done', elapsedMs: 20 },
      {
        step: 'start db',
        workload: 'db',
        action: 'start',
        outcome: 'failed',
        elapsedMs: 1500,
        error: { code: 'PJ5001', message: 'exited 1\u001b[2J' },
      },
      { step: 'start web', workload: 'web', action: 'start', outcome: 'skipped', elapsedMs: 0, because: 'start db' },
      { step: 'wait web', workload: 'web', action: 'wait', outcome: 'not-started', elapsedMs: 0 },
    ];
    const end = lines(
      result({
        outcome: 'partial',
        steps,
        summary: { add: 1, change: 0, destroy: 0, forget: 1 },
        rolledBack: ['db'],
        next: 'pj apply',
      }),
    );
    expect(end).toEqual([
      '',
      '  failed       start db   1.5s  exited 1\\u001b[2J (PJ5001)',
      '  skipped      start web        start db failed',
      '  not started  wait web',
      '',
      'Rolled back: pj_native.db',
      'Steps: 1 done, 1 failed, 1 skipped, 1 not started, in 3.2s.',
      'Apply partly failed. Resources: 1 added, 0 changed, 0 destroyed, 1 forgotten.',
      'To go on: pj apply',
    ]);
  });

  it('says nothing of debug messages unless asked', () => {
    const debug: Event = { type: 'log', level: 'debug', message: 'x' };
    expect(lines(debug)).toEqual([]);
    expect(applyLines({ width: 80, now: () => NOW, debug: true })(debug)).toEqual(['x']);
  });
});
