import { describe, expect, it } from 'vitest';
import type { ApplyResult, Event } from '../../src/model/event.ts';
import type { Step } from '../../src/model/plan.ts';
import { eventEncoder, eventsToJson } from '../../src/views/event-json.ts';
import { CONFIGURED, change, NOW, planOf, richPlan } from './plan-fixtures.ts';
import { keepsTo } from './schema.ts';

const options = { operation: 'apply', version: '0.1.0', now: () => NOW } as const;

const step = (id: string, action: Step['action'], more: Partial<Step> = {}): Step => ({
  id: `${action} ${id}`,
  workload: id,
  action,
  generation: 1,
  dependsOn: [],
  cause: CONFIGURED,
  ...more,
});

const failed: ApplyResult = {
  outcome: 'partial',
  steps: [
    { step: 'create web', workload: 'web', action: 'create', outcome: 'done', elapsedMs: 12.4 },
    {
      step: 'start web',
      workload: 'web',
      action: 'start',
      outcome: 'failed',
      elapsedMs: 9,
      error: { code: 'PJ5001', message: 'exit 1' },
    },
    { step: 'start api', workload: 'api', action: 'start', outcome: 'skipped', elapsedMs: 0, because: 'start web' },
  ],
  rolledBack: [],
  summary: { add: 1, change: 0, destroy: 0, forget: 0 },
  elapsedMs: 31.2,
  next: 'pj apply',
};

/** One of every event. */
const EVENTS: Event[] = [
  { type: 'log', level: 'info', message: 'hello', workload: 'web' },
  { type: 'diagnostic', severity: 'error', code: 'PJ5001', summary: 'it died', detail: 'exit 1', workload: 'web' },
  { type: 'lock_waiting', holder: 'ann@host', since: NOW.toISOString(), operation: 'apply' },
  { type: 'lock_taken_over', holder: 'ann@host', since: NOW.toISOString(), operation: 'apply' },
  { type: 'recovered', workload: 'web', action: 'create', verdict: 'adopted', detail: 'pid 12' },
  { type: 'refresh_start', workloads: 3 },
  { type: 'refresh_complete', workloads: 3, elapsedMs: 1.5 },
  { type: 'plan_complete', plan: richPlan() },
  { type: 'step_start', step: step('api', 'start') },
  { type: 'step_progress', step: step('api', 'start'), message: 'waiting for port 80', elapsedMs: 10_500 },
  { type: 'step_complete', step: step('api', 'start'), elapsedMs: 10_900.7, engineId: '4711' },
  { type: 'step_errored', step: step('db', 'destroy'), elapsedMs: 5, code: 'PJ5001', message: 'no' },
  {
    type: 'step_skipped',
    step: step('conf', 'wait', { condition: 'healthy' }),
    because: 'destroy db',
    reason: 'dependency-failed',
  },
  { type: 'rollback', workload: 'api', phase: 'failed', message: 'no' },
  { type: 'interrupting', running: ['start api'], count: 1 },
  { type: 'apply_complete', result: failed },
];

describe('the event stream', () => {
  it('keeps to schemas/events.json, every event of it', async () => {
    const check = await keepsTo('events');
    const encoder = eventEncoder(options);
    const lines = [...encoder.begin(), ...EVENTS.flatMap((event) => encoder.event(event))];
    for (const line of lines) check(line);
    expect(new Set(lines.map((line) => line.type)).size).toBe(18);
  });

  it('begins with the version, and every line is one JSON object', () => {
    const encoder = eventsToJson(options);
    const lines = [...encoder.begin(), ...EVENTS.flatMap((event) => encoder.event(event))];
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ type: 'version', pj: '0.1.0', '@module': 'pj.ui' });
    for (const line of lines) expect(line).not.toContain('\n');
  });

  it('tells drift, then changes by address, then the summary; nothing twice and nothing of what does not change', () => {
    const plan = richPlan();
    const told = (events: Event[]) => {
      const encoder = eventEncoder(options);
      return events
        .flatMap((event) => encoder.event(event))
        .map((line) =>
          'change' in line ? `${line.type} ${line.change.action} ${line.change.resource.addr}` : line.type,
        );
    };
    const expected = [
      'resource_drift delete pj_native.cache',
      'resource_drift update pj_native.db',
      'resource_drift update pj_native.worker',
      'planned_change update pj_native.api',
      'planned_change create pj_native.cache',
      'planned_change update pj_native.conf',
      'planned_change replace pj_native.db',
      'planned_change remove pj_native.legacy',
      'planned_change delete pj_native.old',
      'planned_change replace pj_native.shop__web-0',
      'planned_change update pj_native.worker',
      'diagnostic',
      'change_summary',
    ];
    expect(told([{ type: 'plan_complete', plan }])).toEqual(expected);
    const first = plan.drift.map((drift): Event => ({ type: 'drift_found', drift }));
    const second = plan.changes.map((one): Event => ({ type: 'change_planned', change: one }));
    expect(told([...first, ...second, { type: 'plan_complete', plan }]).sort()).toEqual([...expected].sort());
  });

  it('sums up a failed apply too', () => {
    const encoder = eventEncoder(options);
    const [line] = encoder.event({ type: 'apply_complete', result: failed });
    expect(line).toMatchObject({
      '@message': 'Apply partly failed. Resources: 1 added, 0 changed, 0 destroyed.',
      type: 'change_summary',
      changes: { add: 1, change: 0, import: 0, remove: 0, operation: 'apply' },
      pj: { outcome: 'partial', steps: { done: 1, failed: 1, skipped: 1, not_started: 0 }, next: 'pj apply' },
    });
  });

  it('names a destroy as such, from the plan', () => {
    const encoder = eventEncoder(options);
    encoder.event({
      type: 'plan_complete',
      plan: planOf([change('a', 'delete', { before: {} })], { mode: 'destroy' }),
    });
    const ok: ApplyResult = { ...failed, outcome: 'ok', summary: { add: 0, change: 0, destroy: 1, forget: 0 } };
    expect(encoder.event({ type: 'apply_complete', result: ok })[0]).toMatchObject({
      '@message': 'Destroy complete! Resources: 1 destroyed.',
      changes: { remove: 1, operation: 'destroy' },
    });
  });

  it('has the hook of Terraform on steps, with whole seconds', () => {
    const encoder = eventEncoder(options);
    encoder.event({ type: 'plan_complete', plan: richPlan() });
    const [line] = encoder.event({
      type: 'step_complete',
      step: step('api', 'create'),
      elapsedMs: 2900,
      engineId: '7',
    });
    expect(line).toMatchObject({
      type: 'apply_complete',
      '@message': 'pj_native.api: Creation complete after 2s [id=7]',
      hook: {
        resource: { addr: 'pj_native.api', resource_type: 'pj_native' },
        action: 'create',
        id_key: 'id',
        id_value: '7',
        elapsed_seconds: 2,
      },
      pj: { step: 'create api', action: 'create', elapsed_ms: 2900 },
    });
  });
});
