import { readFileSync } from 'node:fs';
import type { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Destination } from './settings.ts';

type Options = ConstructorParameters<typeof OTLPLogExporter>[0];

/** Asked at each export. */
export type HeadersOf = () => Promise<Record<string, string>>;

/** `headers`: in place of those of `to`, which are not known yet. */
export function traceExporter(to: Destination, headers?: HeadersOf): SpanExporter {
  const options = { ...optionsOf(to), ...(headers === undefined ? {} : { headers }) };
  return to.protocol === 'http/json' ? new JsonTraces(options) : new ProtobufTraces(options);
}

export const metricExporter = (to: Destination): PushMetricExporter =>
  to.protocol === 'http/json' ? new JsonMetrics(optionsOf(to)) : new ProtobufMetrics(optionsOf(to));

export const logExporter = (to: Destination): OTLPLogExporter =>
  to.protocol === 'http/json' ? new JsonLogs(optionsOf(to)) : new ProtobufLogs(optionsOf(to));

/** Everything is given, so that the exporters take nothing from the environment of this process that the caller's does not say. Throws for a PEM file that cannot be read. */
function optionsOf({ url, headers, timeout, compression, tls }: Destination): NonNullable<Options> {
  const pem = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  const [ca, cert, key] = [pem(tls.ca), pem(tls.cert), pem(tls.key)];
  return {
    url,
    headers,
    timeoutMillis: timeout,
    compression: compression as NonNullable<NonNullable<Options>['compression']>,
    httpAgentOptions: {
      keepAlive: true,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}
