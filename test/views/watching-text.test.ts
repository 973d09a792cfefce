import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import type { QuotaStatus } from '../../src/model/awake.ts';
import { activityLine } from '../../src/views/activity-text.ts';
import { watchLines } from '../../src/views/agent-watch-text.ts';
import { localTime } from '../../src/views/local-time.ts';
import { quotaText } from '../../src/views/quota-text.ts';
import { type StatusRow, statusToJson, statusToText } from '../../src/views/status-table.ts';
import { workloadColours } from '../../src/views/workload-colours.ts';
import { minutesAgo, NOW } from './plan-fixtures.ts';
import { keepsTo } from './schema.ts';

const cpu: QuotaStatus = { resource: 'cpu', action: 'THROTTLE', quota: 1, violations: 0 };
const memory: QuotaStatus = { resource: 'memory', action: 'SHUTDOWN', quota: 512 << 20, violations: 0 };

describe('how a quota stands', () => {
  it.each<[QuotaStatus, string | undefined]>([
    [cpu, undefined],
    [{ ...cpu, throttledTo: 0.5, actedAt: minutesAgo(3) }, 'cpu throttled to 0.5 of 1 core since 3 min'],
    [{ ...cpu, quota: 2, throttledTo: 1 }, 'cpu throttled to 1 of 2 cores'],
    [{ ...memory, violations: 2, used: 500 << 20 }, 'memory 500 MiB of 512 MiB for 2 samples (SHUTDOWN is next)'],
    [{ ...memory, violations: 1 }, 'memory over its quota of 512 MiB for 1 sample (SHUTDOWN is next)'],
    [{ ...memory, actedAt: minutesAgo(1) }, 'memory was over its quota of 512 MiB: stopped 1 min ago'],
    [
      { resource: 'threads', action: 'NOTIFY', quota: 20, used: 21, violations: 9, actedAt: minutesAgo(2) },
      'threads 21 of 20 threads for 9 samples (told 2 min ago)',
    ],
  ])('%j', (quota, text) => expect(quotaText(quota, NOW)).toBe(text));
});

describe('pj status of what the agent watches', () => {
  const row = (id: string, more: Partial<StatusRow> = {}): StatusRow => ({
    ...{ id, kind: 'native', state: 'RUNNING', health: 'healthy' },
    ...more,
  });
  const rows = [
    row('web', { quotasWatched: true, quotas: [{ ...cpu, throttledTo: 0.5, actedAt: minutesAgo(3) }, memory] }),
    row('api', { health: 'unhealthy', healthReason: 'GET / gave 500\nand more', flapping: true }),
    row('db', { quotasWatched: false }),
    row('cache', { quotasWatched: false }),
    row('calm', { quotasWatched: true, quotas: [cpu] }),
    row('late', { unwatchedReason: 'the agent did not answer in 2 s' }),
  ];

  it('has a line below for what is throttled, ill, flapping, and for quotas that nobody watches', () => {
    const [, below] = statusToText(rows, { width: 100, now: NOW }).split('\n\n');
    expect(below).toBe(
      [
        'web: cpu throttled to 0.5 of 1 core since 3 min',
        'api: GET / gave 500; flapping, unhealthy now',
        'db, cache: quotas are not watched: no agent runs (pj agent start)',
        'late: whether quotas are watched is not known: the agent did not answer in 2 s (.pj/logs/agent.log)',
        '',
      ].join('\n'),
    );
  });

  it('keeps to schemas/status.json', async () => {
    (await keepsTo('status'))(statusToJson(rows));
  });
});

describe('pj agent status', () => {
  it('tells of sampling, metrics, drift and telemetry', () => {
    const sampling = { interval: 1, ticks: 60, missed: 2, jitterP99: 14 };
    expect(watchLines({ sampling }, NOW)).toEqual([
      'It samples every second: 60 times so far, 2 missed; 99 of 100 were at most 14 ms late.',
    ]);
    const all = {
      sampling: { ...sampling, interval: 5 },
      metrics: 'http://127.0.0.1:9/metrics',
      drift: { at: minutesAgo(2), workloads: ['web'] },
      telemetry: { endpoint: 'http://127.0.0.1:4318', dropped: 0 },
    };
    expect(watchLines(all, NOW).slice(1)).toEqual([
      'Metrics: http://127.0.0.1:9/metrics',
      'Drift: looked 2 min ago, 1 workload moved: web',
      'Telemetry: endpoint http://127.0.0.1:4318, dropped 0',
    ]);
    const failed = { sampling, drift: { at: minutesAgo(2), workloads: [], error: 'no docker\u001b[2J' } };
    expect(watchLines(failed, NOW).at(-1)).toBe('Drift: looked 2 min ago, failed: no docker\\u001b[2J');
  });
});

describe('a line of pj events', () => {
  const event = {
    at: '2026-11-29T10:00:00Z',
    type: 'health_changed',
    severity: 'error',
    message: 'web is ill',
  } as const;

  it('is time, severity, type, workload and message on one line, coloured by severity', () => {
    const at = localTime(event.at);
    expect(at).toMatch(/^2026-11-\d\d \d\d:\d\d:00$/);
    expect(activityLine({ ...event, workload: 'web' }, {})).toBe(`${at}  error    health_changed      web: is ill`);
    const steering = activityLine({ ...event, message: 'a\n\u001b[2Jb' }, {});
    expect(steering).toBe(`${at}  error    health_changed      a; \\u001b[2Jb`);
    const chalk = new Chalk({ level: 1 });
    expect(activityLine(event, { chalk })).toContain('\u001b[31merror');
    expect(activityLine({ ...event, severity: 'info' }, { chalk })).not.toContain('\u001b[31m');
  });
});

describe('colours of workloads', () => {
  it('are the same for the same ids in any order, and differ as long as there are enough', () => {
    const ids = Array.from({ length: 10 }, (_, i) => `workload-${i}`);
    const colours = workloadColours(ids);
    expect(new Set(colours.values()).size).toBe(10);
    expect(workloadColours([...ids].reverse())).toEqual(colours);
    expect(workloadColours(Array.from({ length: 25 }, (_, i) => `w${i}`)).size).toBe(25);
  });
});
