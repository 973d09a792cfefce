import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Reading } from '../../src/telemetry/points.ts';
import { exportMetrics } from '../../src/telemetry/workload-metrics.ts';
import { until } from '../support/pj.ts';
import { Collector } from './collector.ts';

let collector: Collector;
let measured: Reading[];
let metrics: ReturnType<typeof exportMetrics>;
beforeEach(async () => {
  collector = await new Collector().open();
  measured = [];
  const to = {
    ...{ url: `${collector.url}/v1/metrics`, protocol: 'http/protobuf' as const, headers: {}, timeout: 5_000 },
    ...{ compression: 'none' as const, tls: {} },
  };
  metrics = exportMetrics(to, { env: { OTEL_METRIC_EXPORT_INTERVAL: '100' }, project: 'shop' }, () => measured);
});
afterEach(async () => {
  await metrics.close(1_000);
  await collector.close();
});

const about = { unit: 's', description: '' };
function of(cpu: Record<string, number>): Reading[] {
  const value = (id: string, one: number, more: Record<string, string> = {}) => ({
    ...{ of: { id, instance: 'i' }, attributes: { 'pj.workload.id': id, ...more }, value: one },
  });
  const all = Object.entries(cpu);
  const io = (direction: string) => all.map(([id]) => value(id, 1, { 'disk.io.direction': direction }));
  return [
    { ...about, name: 'cpu', type: 'counter', points: all.map(([id, seconds]) => value(id, seconds)) },
    { ...about, name: 'io', type: 'counter', points: [...io('read'), ...io('write')] },
  ];
}

/** What comes with the export after the next: the one under way may have been measured before. */
async function fresh() {
  const seen = collector.requests.length;
  await until('an export under way', () => collector.requests.length > seen, 60_000);
  collector.points.length = 0;
  await until('the next one', () => collector.points.length > 0, 60_000);
  return [...collector.points];
}

it('a workload that is no more has no points any more', async () => {
  measured = of({ stays: 1, goes: 2 });
  await until('both', () => new Set(collector.points.map((point) => point.attributes['pj.workload.id'])).size === 2);
  measured = of({ stays: 3 });
  const points = await fresh();
  expect(new Set(points.map(({ attributes }) => attributes['pj.workload.id']))).toEqual(new Set(['stays']));
  expect(points.find(({ name }) => name === 'cpu')).toMatchObject({
    ...{ unit: 's', type: 'sum', monotonic: true, value: 3 },
  });
});

it('more workloads than the SDK has room for are all told of by themselves', async () => {
  measured = of(Object.fromEntries(Array.from({ length: 1_100 }, (_, i) => [`w${i}`, i])));
  await until('an export', () => collector.points.length > 0, 60_000);
  const { points } = collector;
  const io = points.filter(({ name }) => name === 'io');
  expect(new Set(io.map(({ attributes }) => JSON.stringify(attributes))).size).toBe(2_200);
  expect(points.filter(({ attributes }) => 'otel.metric.overflow' in attributes)).toEqual([]);
});

it('a histogram goes out as it was counted elsewhere', async () => {
  const point = { attributes: { 'pj.outcome': 'ok' }, since: 1_700_000_000_000, count: 4, sum: 12.5, buckets: [1, 2] };
  measured = [{ ...about, name: 'took', type: 'histogram', bounds: [0.5, 1], points: [point] }];
  await until('an export', () => collector.points.length > 0, 30_000);
  expect(collector.bad).toEqual([]);
  expect(collector.points[0]).toMatchObject({
    ...{ name: 'took', type: 'histogram', value: 4, attributes: { 'pj.outcome': 'ok' }, start: 1_700_000_000_000 },
    spread: { sum: 12.5, bounds: [0.5, 1], counts: [1, 2, 1] },
  });
});

it('a counter goes out with the start that it has; where that is not known, with one that adds nothing until an export was taken', async () => {
  const since = 1_700_000_000_000;
  const point = (id: string) => ({ of: { id, instance: 'i' }, attributes: { id }, value: 5 });
  collector.answer = { status: 401 };
  const points = [{ ...point('known'), since }, point('unknown')];
  measured = [{ ...about, name: 'cpu', type: 'counter', points }];
  await until('it is refused twice', () => collector.requests.length > 2, 60_000);
  expect(metrics.figures()).toMatchObject({ error: expect.stringMatching(/^HTTP 401/) });
  collector.answer = undefined;
  const of = (id: string) => collector.points.filter(({ attributes }) => attributes['id'] === id);
  await until('it is taken twice', () => of('unknown').length >= 3, 60_000);
  expect(new Set(of('known').map(({ start }) => start))).toEqual(new Set([since]));
  const [first, ...later] = of('unknown');
  expect(first?.start).toBe(first?.time);
  // One may be under way when the first is answered.
  expect(new Set(later.slice(1).map(({ start }) => start)).size).toBe(1);
  expect(later.at(-1)?.start).toBeLessThan(later.at(-1)?.time ?? 0);
  expect(metrics.figures().error).toBeUndefined();
});

it('nothing to tell is nothing sent', async () => {
  await new Promise((resolve) => setTimeout(resolve, 350));
  expect(collector.requests).toEqual([]);
});
