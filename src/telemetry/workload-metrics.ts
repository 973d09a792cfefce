import type { Attributes, Observable } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { Sample } from '../model/awake.ts';
import { metricExporter } from './exporters.ts';
import { INSTRUMENTS, type Instrument } from './instruments.ts';
import { Monotonic } from './monotonic.ts';
import { reasonOf } from './outbox.ts';
import { resourceOf, type Speaker, VERSION } from './resource.ts';
import { type Destination, read, whole } from './settings.ts';

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

export interface MetricFigures {
  exports: number;
  failed: number;
  /** Why the last export failed; absent once one has succeeded. */
  error?: string;
}

export interface WorkloadMetrics {
  figures(): MetricFigures;
  /** Sends what is measured now, for at most so many ms, and ends. */
  close(ms: number): Promise<void>;
}

/** Exports what `measure` gives every OTEL_METRIC_EXPORT_INTERVAL (default 60 s). An export that fails is not sent again: the counters of the next one hold all that it had. */
export function exportMetrics(to: Destination, speaker: Speaker, measure: () => Iterable<Measured>): WorkloadMetrics {
  const { env, project } = speaker;
  const figures: MetricFigures = { exports: 0, failed: 0 };
  const interval = whole(read(env, 'OTEL_METRIC_EXPORT_INTERVAL')) ?? 60_000;
  const reader = new PeriodicExportingMetricReader({
    exporter: noting(metricExporter(to), figures),
    exportIntervalMillis: interval,
    exportTimeoutMillis: Math.min(interval, whole(read(env, 'OTEL_METRIC_EXPORT_TIMEOUT')) ?? 30_000),
  });
  const provider = new MeterProvider({ resource: resourceOf(speaker), readers: [reader] });
  const meter = provider.getMeter('pj', VERSION);
  const make = ({ type, name, unit, description }: Instrument): Observable => {
    if (type === 'counter') return meter.createObservableCounter(name, { unit, description });
    if (type === 'gauge') return meter.createObservableGauge(name, { unit, description });
    return meter.createObservableUpDownCounter(name, { unit, description });
  };
  const running = meter.createObservableUpDownCounter('pj.workload.running', {
    unit: '1',
    description: '1 where it is recorded to run, else 0',
  });
  const all = INSTRUMENTS.map((instrument) => ({ instrument, observable: make(instrument) }));
  const counters = new Monotonic();
  meter.addBatchObservableCallback(
    (result) => {
      counters.begin();
      const now = Date.now();
      for (const one of measure()) {
        const own = attributesOf(project, one);
        result.observe(running, one.running ? 1 : 0, own);
        if (one.sample === undefined) continue;
        for (const { instrument, observable } of all) {
          for (const [value, more] of instrument.values(one.sample, now)) {
            if (value === undefined || !Number.isFinite(value)) continue;
            const key = `${one.id} ${instrument.name} ${JSON.stringify(more)}`;
            const told = instrument.type === 'counter' ? counters.next(key, one.instance, value) : value;
            result.observe(observable, told, { ...own, ...more });
          }
        }
      }
    },
    [running, ...all.map(({ observable }) => observable)],
  );
  return {
    figures: () => figures,
    async close(ms) {
      // The reader exports once more when it is shut down.
      await Promise.race([provider.shutdown({ timeoutMillis: ms }).catch(() => undefined), unheld(ms)]);
    },
  };
}

const attributesOf = (project: string, { id, kind, provider }: Measured): Attributes => ({
  'pj.project': project,
  'pj.workload.id': id,
  'pj.workload.kind': kind,
  'pj.workload.provider': provider,
});

/** Counts what becomes of the exports. */
function noting(exporter: PushMetricExporter, figures: MetricFigures): PushMetricExporter {
  const inner = exporter.export.bind(exporter);
  exporter.export = (metrics, done) =>
    inner(metrics, (result) => {
      figures.exports += 1;
      if (result.code === ExportResultCode.SUCCESS) delete figures.error;
      else {
        figures.failed += 1;
        figures.error = reasonOf(result.error);
      }
      done(result);
    });
  return exporter;
}

const unheld = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
