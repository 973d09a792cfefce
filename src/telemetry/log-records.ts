import { type AnyValueMap, type Logger, SeverityNumber } from '@opentelemetry/api-logs';
import { LoggerProvider, type LogRecordProcessor, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ActivityEvent } from '../model/awake.ts';
import { logExporter } from './exporters.ts';
import { Outbox, type OutboxFigures } from './outbox.ts';
import { resourceOf, type Speaker, VERSION } from './resource.ts';
import { type Destination, read, whole } from './settings.ts';

/** Bytes of text that wait at most, and that go out at once. */
const MAX_BYTES = 8 << 20;
const MAX_BATCH_BYTES = 1 << 20;

/** A line that a workload wrote. */
export interface WorkloadLine {
  id: string;
  kind: string;
  provider: string;
  stream: 'stdout' | 'stderr';
  text: string;
  /** When it was written, as well as that is known. ms since 1970 */
  at: number;
}

/** Log records on their way out. A `receipt` is called once the collector has the record or has refused it. */
export interface LogRecords {
  /** Another record fits now: who can, reads no further while none does. */
  readonly room: boolean;
  line(line: WorkloadLine, receipt: () => void): void;
  event(event: ActivityEvent, receipt: () => void): void;
  figures(): OutboxFigures;
  flush(ms: number): Promise<boolean>;
  close(): void;
}

interface Waiting {
  record: ReadableLogRecord;
  bytes: number;
  receipt: () => void;
}

const SEVERITY = {
  info: SeverityNumber.INFO,
  warning: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
} as const;

/** OTEL_BLRP_* say how much waits and goes out at once. `settled` is called whenever some has gone out. */
export function exportLogs(to: Destination, speaker: Speaker, settled: () => void): LogRecords {
  const { env, project } = speaker;
  const exporter = logExporter(to);
  const maxItems = whole(read(env, 'OTEL_BLRP_MAX_QUEUE_SIZE')) ?? 2048;
  const outbox = new Outbox<Waiting>({
    url: to.url,
    exporter: {
      export: (items, done) =>
        exporter.export(
          items.map(({ record }) => record),
          done,
        ),
      shutdown: () => exporter.shutdown(),
    },
    maxItems,
    maxBytes: MAX_BYTES,
    size: ({ bytes }) => bytes,
    maxBatch: Math.min(maxItems, whole(read(env, 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE')) ?? 512),
    maxBatchBytes: MAX_BATCH_BYTES,
    delay: whole(read(env, 'OTEL_BLRP_SCHEDULE_DELAY')) ?? 1_000,
    settled(items) {
      for (const { receipt } of items) receipt();
      settled();
    },
  });
  // A logger hands its record on before `emit` returns: that is how the two are brought together.
  let next: { bytes: number; receipt: () => void } = { bytes: 0, receipt: () => undefined };
  const processor: LogRecordProcessor = {
    onEmit: (record) => void outbox.push({ record, ...next }),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const provider = new LoggerProvider({ resource: resourceOf(speaker), processors: [processor] });
  const emit = (logger: Logger, text: string, receipt: () => void, record: Parameters<Logger['emit']>[0]): void => {
    next = { bytes: Buffer.byteLength(text) + 256, receipt };
    logger.emit({ body: text, observedTimestamp: Date.now(), ...record });
  };
  const lines = provider.getLogger('pj.workload', VERSION);
  const events = provider.getLogger('pj.activity', VERSION);
  return {
    get room() {
      return outbox.room;
    },
    line: ({ id, kind, provider: name, stream, text, at }, receipt) =>
      emit(lines, text, receipt, {
        timestamp: at,
        attributes: { ...workload(project, id), ...kindOf(kind, name), 'log.iostream': stream },
      }),
    event: ({ at, type, severity, workload: id, message, data }, receipt) =>
      emit(events, message, receipt, {
        timestamp: Date.parse(at) || Date.now(),
        eventName: `pj.${type}`,
        severityNumber: SEVERITY[severity] ?? SeverityNumber.INFO,
        severityText: severity,
        attributes: {
          ...(id === undefined ? { 'pj.project': project } : workload(project, id)),
          ...(data === undefined ? {} : { 'pj.event.data': data as AnyValueMap }),
        },
      }),
    figures: () => outbox.figures(),
    flush: (ms) => outbox.flush(ms),
    close: () => outbox.close(),
  };
}

const workload = (project: string, id: string) => ({ 'pj.project': project, 'pj.workload.id': id });
const kindOf = (kind: string, provider: string) => ({ 'pj.workload.kind': kind, 'pj.workload.provider': provider });
