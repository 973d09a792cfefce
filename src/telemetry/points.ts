import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { Streams } from './streams.ts';

interface About {
  name: string;
  /** UCUM. */
  unit: string;
  description: string;
}

/** One metric as it stands now. */
export type Reading = About &
  (
    | { type: 'counter' | 'updown' | 'gauge'; points: ValueRead[] }
    | { type: 'histogram' /** Upper ones. */; bounds: readonly number[]; points: SpreadRead[] }
  );

export interface ValueRead {
  /** Whose it is, and another instance as soon as another thing runs, whose counters begin anew. Absent: pj's own. */
  of?: { id: string; instance: string };
  attributes: Attributes;
  /** Of a counter: when it stood at 0, ms since 1970. Absent: not known. */
  since?: number;
  /** What is no number is left out. */
  value: number;
}

export interface SpreadRead {
  attributes: Attributes;
  /** When nothing was counted yet, ms since 1970. */
  since: number;
  count: number;
  sum: number;
  /** How many were at most `bounds[i]` and more than the one before. */
  buckets: readonly number[];
}

/** pj itself: no id of a workload. */
const PJ = { id: '', instance: '' };

/**
 * Makes the points of an export of what there is now, and of nothing else: instruments of the SDK keep every set of attributes that they ever saw, so that
 * what was destroyed would be sent for ever, and beyond 2,000 sets all in one.
 */
export class Points {
  private readonly counters = new Streams();
  /** Since when each workload is told of: the start of what is no counter, and neither adds up nor begins anew. */
  private readonly since = new Map<string, HrTime>();

  /** `now`: ms since 1970. Metrics without a point are left out. */
  of(readings: Iterable<Reading>, now: number): MetricData[] {
    const all = [...readings];
    const endTime = millisToHrTime(now);
    this.keep(all, endTime);
    const metrics = all.map((reading) =>
      reading.type === 'histogram' ? histogram(reading, now) : this.values(reading, now),
    );
    return metrics.filter(({ dataPoints }) => dataPoints.length > 0);
  }

  /** The collector has all that was made until now. */
  taken(): void {
    this.counters.taken();
  }

  /** Forgets the workloads that are no more. */
  private keep(all: readonly Reading[], now: HrTime): void {
    const ids = new Set([PJ.id]);
    for (const { type, points } of all) {
      if (type !== 'histogram') for (const { of = PJ } of points as ValueRead[]) ids.add(of.id);
    }
    this.counters.keep(ids);
    for (const id of this.since.keys()) if (!ids.has(id)) this.since.delete(id);
    for (const id of ids) if (!this.since.has(id)) this.since.set(id, now);
  }

  private values(reading: Reading & { type: 'counter' | 'updown' | 'gauge' }, now: number): MetricData {
    const { name, type, points } = reading;
    const endTime = millisToHrTime(now);
    const dataPoints = points
      .filter(({ value }) => Number.isFinite(value))
      .map(({ of: { id, instance } = PJ, attributes, value, since }) => {
        if (type !== 'counter') return { startTime: this.since.get(id) ?? endTime, endTime, attributes, value };
        const key = `${name} ${JSON.stringify(attributes)}`;
        const told = this.counters.next(id, key, { instance, value, since }, now);
        return { startTime: millisToHrTime(told.start), endTime, attributes, value: told.value };
      });
    const data = { ...described(reading), dataPoints };
    if (type === 'gauge') return { ...data, dataPointType: DataPointType.GAUGE };
    return { ...data, dataPointType: DataPointType.SUM, isMonotonic: type === 'counter' };
  }
}

function histogram(reading: Reading & { type: 'histogram' }, now: number): MetricData {
  const endTime = millisToHrTime(now);
  const dataPoints = reading.points.map(({ attributes, since, count, sum, buckets }) => {
    const counts = reading.bounds.map((_, i) => buckets[i] ?? 0);
    const above = count - counts.reduce((all, one) => all + one, 0);
    const value = { buckets: { boundaries: [...reading.bounds], counts: [...counts, above] }, sum, count };
    const startTime = millisToHrTime(Math.min(since, now));
    return { startTime, endTime, attributes, value };
  });
  return { ...described(reading), dataPointType: DataPointType.HISTOGRAM, dataPoints };
}

const described = ({ name, unit, description }: About) => ({
  descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
  aggregationTemporality: AggregationTemporality.CUMULATIVE,
});
