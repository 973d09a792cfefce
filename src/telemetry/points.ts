import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { Sample } from '../model/awake.ts';
import { INSTRUMENTS, type Instrument } from './instruments.ts';
import { Monotonic } from './monotonic.ts';

/** One workload as it is measured. */
export interface Measured {
  id: string;
  kind: string;
  provider: string;
  /** Another one as soon as another thing runs. */
  instance: string;
  /** It is recorded to run. */
  running: boolean;
  sample?: Sample | undefined;
}

type Point = { startTime: HrTime; endTime: HrTime; attributes: Attributes; value: number };

const RUNNING: Omit<Instrument, 'values'> = {
  name: 'pj.workload.running',
  type: 'updown',
  unit: '1',
  description: '1 where it is recorded to run, else 0',
};

/**
 * Makes the points of an export of what there is now, and of nothing else: instruments of the SDK keep every set of attributes that they ever saw, so that
 * what was destroyed would be sent for ever, and beyond 2,000 sets all in one.
 */
export class Points {
  private readonly project: string;
  private readonly counters = new Monotonic();
  /** Since when each workload is told of. */
  private readonly since = new Map<string, HrTime>();

  constructor(project: string) {
    this.project = project;
  }

  /** `now`: ms since 1970. Metrics without a point are left out. */
  of(workloads: Iterable<Measured>, now: number): MetricData[] {
    const all = [...workloads];
    const ids = new Set(all.map(({ id }) => id));
    this.counters.keep(ids);
    for (const id of this.since.keys()) if (!ids.has(id)) this.since.delete(id);
    const endTime = millisToHrTime(now);
    const told = all.map((one) => {
      const startTime = this.since.get(one.id) ?? endTime;
      this.since.set(one.id, startTime);
      return { one, startTime, own: attributesOf(this.project, one) };
    });
    const running = told.map(({ one, startTime, own }) => ({
      ...{ startTime, endTime, attributes: own, value: one.running ? 1 : 0 },
    }));
    const metrics = [metric(RUNNING, running)];
    for (const instrument of INSTRUMENTS) {
      const points: Point[] = [];
      for (const { one, startTime, own } of told) {
        if (one.sample === undefined) continue;
        for (const [read, more] of instrument.values(one.sample, now)) {
          if (read === undefined || !Number.isFinite(read)) continue;
          const key = more === undefined ? instrument.name : `${instrument.name} ${JSON.stringify(more)}`;
          const value = instrument.type === 'counter' ? this.counters.next(one.id, key, one.instance, read) : read;
          points.push({ startTime, endTime, attributes: more === undefined ? own : { ...own, ...more }, value });
        }
      }
      metrics.push(metric(instrument, points));
    }
    return metrics.filter(({ dataPoints }) => dataPoints.length > 0);
  }
}

function metric({ name, type, unit, description }: Omit<Instrument, 'values'>, dataPoints: Point[]): MetricData {
  const data = {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    ...{ aggregationTemporality: AggregationTemporality.CUMULATIVE, dataPoints },
  };
  if (type === 'gauge') return { ...data, dataPointType: DataPointType.GAUGE };
  return { ...data, dataPointType: DataPointType.SUM, isMonotonic: type === 'counter' };
}

const attributesOf = (project: string, { id, kind, provider }: Measured): Attributes => ({
  'pj.project': project,
  'pj.workload.id': id,
  'pj.workload.kind': kind,
  'pj.workload.provider': provider,
});
