import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type HeadersOf, traceExporter } from './exporters.ts';
import { Outbox } from './outbox.ts';
import { type Destination, type Environment, read, whole } from './settings.ts';

/** Hands spans that have ended to the outbox. */
export class SpanQueue implements SpanProcessor {
  readonly outbox: Outbox<ReadableSpan>;

  /** `headers`: in place of those of `to`. */
  constructor(to: Destination, env: Environment, headers?: HeadersOf) {
    const maxItems = whole(read(env, 'OTEL_BSP_MAX_QUEUE_SIZE')) ?? 2048;
    this.outbox = new Outbox({
      url: to.url,
      exporter: traceExporter(to, headers),
      maxItems,
      maxBatch: Math.min(maxItems, whole(read(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE')) ?? 512),
      delay: whole(read(env, 'OTEL_BSP_SCHEDULE_DELAY')) ?? 5_000,
    });
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) this.outbox.push(span);
  }

  async forceFlush(): Promise<void> {
    await this.outbox.flush(2_000);
  }

  async shutdown(): Promise<void> {
    this.outbox.close();
  }
}
