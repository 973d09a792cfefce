import type { Reading } from '../../../telemetry/points.ts';
import type { Awake } from '../contract.ts';
import { families } from '../metrics/families.ts';
import type { Family, Series } from '../metrics/family.ts';
import { OWN, type OwnSource } from '../metrics/own-families.ts';
import { type Row, rowsOf } from '../metrics/row.ts';
import { BOUNDS, type Tally } from '../metrics/tally.ts';

/** Reads the families that Prometheus is given, as metrics of OpenTelemetry: labels are attributes `pj.LABEL`. */
export function openReadings(awake: Awake, tally: () => Tally): () => Reading[] {
  // The same whenever it is asked for: another start is another count.
  const startedAt = performance.timeOrigin / 1000;
  return () => {
    const status = awake.status();
    return [
      ...ofWorkloads(awake, rowsOf(awake, status), tally()),
      ...ofItself(awake.name, { tally, status: () => status, startedAt }),
    ];
  };
}

function ofWorkloads(awake: Awake, rows: readonly Row[], tally: Tally): Iterable<Reading> {
  const about = rows.map(({ record: { id, kind, provider } }) => ({
    of: { id, instance: awake.watched.get(id)?.instance ?? '' },
    own: {
      'pj.project': awake.name,
      'pj.workload.id': id,
      'pj.workload.kind': kind,
      'pj.workload.provider': provider,
    },
  }));
  const readings = new Map<string, Reading & { type: 'counter' | 'updown' | 'gauge' }>();
  for (const { otel, type, help, since, of } of families(tally)) {
    if (otel === undefined) continue;
    const kind = type === 'counter' ? 'counter' : (otel.type ?? 'gauge');
    const reading = readings.get(otel.name) ?? {
      ...{ name: otel.name, unit: otel.unit, description: help, type: kind, points: [] },
    };
    readings.set(otel.name, reading);
    for (const [i, row] of rows.entries()) {
      const { of: whose, own } = about[i] as (typeof about)[number];
      const from = since?.(row);
      for (const { labels, value } of seriesOf(of(row))) {
        const attributes = { ...own, ...otel.attributes, ...prefixed(labels) };
        reading.points.push({ of: whose, attributes, value, ...(from === undefined ? {} : { since: from }) });
      }
    }
  }
  return readings.values();
}

function ofItself(project: string, source: OwnSource): Reading[] {
  return OWN.map((family): Reading => {
    const about = { ...family.otel, description: family.help };
    const started = source.startedAt * 1000;
    const since = family.from === 'events' ? (source.tally().since ?? Date.now()) : started;
    const attributesOf = (labels: Record<string, string>) => ({ 'pj.project': project, ...prefixed(labels) });
    if (family.type === 'histogram') {
      const points = family.values(source).map(([labels, { count, sum, buckets }]) => ({
        ...{ attributes: attributesOf(labels), since, count, sum, buckets },
      }));
      return { ...about, type: 'histogram', bounds: BOUNDS, points };
    }
    const points = family.values(source).map(([labels, value]) => ({ attributes: attributesOf(labels), value, since }));
    return { ...about, type: family.type, points };
  });
}

const seriesOf = (value: ReturnType<Family['of']>): Pick<Series, 'labels' | 'value'>[] =>
  typeof value === 'number' ? [{ labels: {}, value }] : (value ?? []);

const prefixed = (labels: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [`pj.${name}`, value]));
