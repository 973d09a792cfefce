import { ExportResultCode } from '@opentelemetry/core';
import {
  MeterProvider,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { metricExporter } from './exporters.ts';
import { reasonOf } from './outbox.ts';
import { Points, type Reading } from './points.ts';
import { resourceOf, type Speaker, VERSION } from './resource.ts';
import { type Destination, read, whole } from './settings.ts';

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
export function exportMetrics(to: Destination, speaker: Speaker, measure: () => Iterable<Reading>): WorkloadMetrics {
  const { env } = speaker;
  const figures: MetricFigures = { exports: 0, failed: 0 };
  const interval = whole(read(env, 'OTEL_METRIC_EXPORT_INTERVAL')) ?? 60_000;
  const resource = resourceOf(speaker);
  const points = new Points();
  const producer: MetricProducer = {
    async collect() {
      const metrics = points.of(measure(), Date.now());
      const scopeMetrics = metrics.length === 0 ? [] : [{ scope: { name: 'pj', version: VERSION }, metrics }];
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] };
    },
  };
  const reader = new PeriodicExportingMetricReader({
    exporter: noting(metricExporter(to), figures, () => points.taken()),
    metricProducers: [producer],
    exportIntervalMillis: interval,
    exportTimeoutMillis: Math.min(interval, whole(read(env, 'OTEL_METRIC_EXPORT_TIMEOUT')) ?? 30_000),
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return {
    figures: () => figures,
    async close(ms) {
      // The reader exports once more when it is shut down.
      await Promise.race([provider.shutdown({ timeoutMillis: ms }).catch(() => undefined), unheld(ms)]);
    },
  };
}

/** Counts what becomes of the exports. `taken`: the collector has one. */
function noting(exporter: PushMetricExporter, figures: MetricFigures, taken: () => void): PushMetricExporter {
  const inner = exporter.export.bind(exporter);
  exporter.export = (metrics, done) =>
    inner(metrics, (result) => {
      figures.exports += 1;
      if (result.code === ExportResultCode.SUCCESS) {
        delete figures.error;
        taken();
      } else {
        figures.failed += 1;
        figures.error = reasonOf(result.error);
      }
      done(result);
    });
  return exporter;
}

const unheld = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
