import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Measured } from '../../src/telemetry/points.ts';
import { exportMetrics } from '../../src/telemetry/workload-metrics.ts';
import { until } from '../support/pj.ts';
import { Collector } from './collector.ts';

let collector: Collector;
let measured: Measured[];
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

const one = (id: string, cpuSeconds: number): Measured => ({
  ...{ id, kind: 'native', provider: 'native', instance: 'i', running: true },
  sample: { at: '2026-11-29T00:00:00.000Z', cpuSeconds, memory: 5, diskRead: 1, diskWritten: 2 },
});

/** What comes with the export after the next: the one under way may have been measured before. */
async function fresh() {
  const seen = collector.requests.length;
  await until('an export under way', () => collector.requests.length > seen, 60_000);
  collector.points.length = 0;
  await until('the next one', () => collector.points.length > 0, 60_000);
  return [...collector.points];
}

it('a workload that is no more has no points any more', async () => {
  measured = [one('stays', 1), one('goes', 2)];
  await until('both', () => new Set(collector.points.map((point) => point.attributes['pj.workload.id'])).size === 2);
  measured = [one('stays', 3)];
  const points = await fresh();
  expect(new Set(points.map(({ attributes }) => attributes['pj.workload.id']))).toEqual(new Set(['stays']));
  expect(points.find(({ name }) => name === 'pj.workload.cpu.time')).toMatchObject({
    ...{ unit: 's', type: 'sum', monotonic: true, value: 3 },
    attributes: { 'pj.project': 'shop', 'pj.workload.kind': 'native', 'pj.workload.provider': 'native' },
  });
});

it('more workloads than the SDK has room for are all told of by themselves', async () => {
  measured = Array.from({ length: 1_100 }, (_, i) => one(`w${i}`, i));
  await until('an export', () => collector.points.length > 0, 60_000);
  const { points } = collector;
  const io = points.filter(({ name }) => name === 'pj.workload.disk.io');
  expect(new Set(io.map(({ attributes }) => JSON.stringify(attributes))).size).toBe(2_200);
  expect(points.filter(({ attributes }) => 'otel.metric.overflow' in attributes)).toEqual([]);
});

it('nothing to tell is nothing sent', async () => {
  await new Promise((resolve) => setTimeout(resolve, 350));
  expect(collector.requests).toEqual([]);
});
