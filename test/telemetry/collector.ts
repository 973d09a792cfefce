import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';

/** A generated message type of protobufjs. */
interface Message {
  decode(bytes: Uint8Array): unknown;
  fromObject(object: unknown): unknown;
  toObject(message: unknown, options: object): Record<string, never>;
}

const root = createRequire(import.meta.url)('otlp-old/build/src/generated/root.js');
const of = root.opentelemetry.proto.collector;
const TYPES: Record<string, Message> = {
  '/v1/traces': of.trace.v1.ExportTraceServiceRequest,
  '/v1/metrics': of.metrics.v1.ExportMetricsServiceRequest,
  '/v1/logs': of.logs.v1.ExportLogsServiceRequest,
};

export type Attributes = Record<string, unknown>;

export interface GotSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  start: bigint;
  end: bigint;
  attributes: Attributes;
  links: { spanId: string; attributes: Attributes }[];
  events: { name: string; attributes: Attributes }[];
  /** 2 is ERROR. */
  status: { code: number; message: string };
  resource: Attributes;
}

export interface GotLog {
  scope: string;
  body: unknown;
  eventName: string;
  severity: number;
  time: number;
  attributes: Attributes;
  resource: Attributes;
}

export interface GotPoint {
  name: string;
  unit: string;
  type: 'sum' | 'gauge' | 'histogram';
  monotonic: boolean;
  /** Of a histogram: how many there were. */
  value: number;
  spread?: { sum: number; bounds: number[]; counts: number[] };
  /** ms since 1970. */
  start: number;
  time: number;
  attributes: Attributes;
  resource: Attributes;
}

export interface Request {
  path: string;
  type: string;
  encoding: string | undefined;
  headers: IncomingMessage['headers'];
  bytes: number;
  /** As it came, unpacked. */
  body: Buffer;
  /** As answered. */
  status: number;
  at: number;
}

/** A collector that decodes what it gets by the protocol's own definition, on 127.0.0.1. */
export class Collector {
  readonly requests: Request[] = [];
  readonly spans: GotSpan[] = [];
  readonly logs: GotLog[] = [];
  readonly points: GotPoint[] = [];
  /** What could not be decoded. */
  readonly bad: string[] = [];
  /** Answers so instead of taking it, with a text in the status line and the body; undefined: takes it. `hang`: never answers. */
  answer: { status: number; text?: string; headers?: Record<string, string> } | 'hang' | undefined;
  /** PEM: it speaks TLS. */
  tls: { key: string; cert: string } | undefined;
  private server: Server | undefined;
  port = 0;

  get url(): string {
    return `${this.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  /** Begins to listen: on a free port, or on the one that it had. */
  async open(port = this.port): Promise<this> {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const sent = Buffer.concat(parts);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
        const told = this.answer;
        this.requests.push({
          path: request.url ?? '',
          type: request.headers['content-type'] ?? '',
          encoding: request.headers['content-encoding'],
          headers: request.headers,
          bytes: sent.length,
          body,
          status: told === undefined ? 200 : told === 'hang' ? 0 : told.status,
          at: Date.now(),
        });
        if (told === 'hang') return;
        if (told !== undefined) return void response.writeHead(told.status, told.text, told.headers).end(told.text);
        const json = (request.headers['content-type'] ?? '').includes('json');
        try {
          this.take(request.url ?? '', body, json);
        } catch (error) {
          this.bad.push(String(error));
          return void response.writeHead(400).end();
        }
        response.writeHead(200, { 'content-type': request.headers['content-type'] ?? '' }).end(json ? '{}' : '');
      });
    };
    const server = this.tls === undefined ? createServer(listener) : createTlsServer(this.tls, listener);
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    this.server = server;
    return this;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  /** Lines of workloads, by workload. */
  lines(id: string): unknown[] {
    return this.logs
      .filter((log) => log.scope === 'pj.workload' && log.attributes['pj.workload.id'] === id)
      .map((log) => log.body);
  }

  private take(path: string, body: Buffer, json: boolean): void {
    const type = TYPES[path];
    if (type === undefined) throw new Error(`no such path: ${path}`);
    // In OTLP/JSON ids are hex where protobuf's JSON has base64.
    const message = json ? type.fromObject(hexIds(JSON.parse(body.toString()))) : type.decode(body);
    const request = type.toObject(message, { longs: String, defaults: true, arrays: true });
    for (const one of list(request['resourceSpans'])) {
      const resource = attributes(one['resource']?.attributes);
      for (const scope of list(one['scopeSpans']))
        for (const span of list(scope['spans'])) this.spans.push(spanOf(span, resource));
    }
    for (const one of list(request['resourceLogs'])) {
      const resource = attributes(one['resource']?.attributes);
      for (const scope of list(one['scopeLogs'])) {
        for (const log of list(scope['logRecords'])) {
          this.logs.push({
            scope: scope['scope']?.name ?? '',
            body: plain(log['body']),
            eventName: log['eventName'] ?? '',
            severity: log['severityNumber'],
            time: Number(BigInt(log['timeUnixNano']) / 1_000_000n),
            attributes: attributes(log['attributes']),
            resource,
          });
        }
      }
    }
    for (const one of list(request['resourceMetrics'])) {
      const resource = attributes(one['resource']?.attributes);
      for (const scope of list(one['scopeMetrics'])) {
        for (const metric of list(scope['metrics'])) {
          const type = metric['sum'] ? 'sum' : metric['histogram'] ? 'histogram' : 'gauge';
          for (const point of list(metric[type]?.dataPoints)) {
            this.points.push({
              name: metric['name'],
              unit: metric['unit'],
              type,
              monotonic: metric['sum']?.isMonotonic === true,
              value: Number(point[type === 'histogram' ? 'count' : 'asDouble'] || point['asInt'] || 0),
              ...(type === 'histogram' ? { spread: spreadOf(point) } : {}),
              start: millisOf(point['startTimeUnixNano']),
              time: millisOf(point['timeUnixNano']),
              attributes: attributes(point['attributes']),
              resource,
            });
          }
        }
      }
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: as decoded
type Decoded = Record<string, any>;
const list = (value: unknown): Decoded[] => (Array.isArray(value) ? value : []);

function spanOf(span: Decoded, resource: Attributes): GotSpan {
  return {
    traceId: hex(span['traceId']),
    spanId: hex(span['spanId']),
    parentSpanId: hex(span['parentSpanId']),
    name: span['name'],
    start: BigInt(span['startTimeUnixNano']),
    end: BigInt(span['endTimeUnixNano']),
    attributes: attributes(span['attributes']),
    links: list(span['links']).map((link) => ({
      spanId: hex(link['spanId']),
      attributes: attributes(link['attributes']),
    })),
    events: list(span['events']).map((event) => ({ name: event['name'], attributes: attributes(event['attributes']) })),
    status: { code: Number(span['status']?.code ?? 0), message: span['status']?.message ?? '' },
    resource,
  };
}

const spreadOf = (point: Decoded): NonNullable<GotPoint['spread']> => ({
  sum: Number(point['sum']),
  bounds: list(point['explicitBounds']).map(Number),
  counts: list(point['bucketCounts']).map(Number),
});

/** A number of ns is none that a number can hold. */
const millisOf = (nanos: string): number => Number(BigInt(nanos) / 1_000n) / 1_000;

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

function attributes(all: unknown): Attributes {
  return Object.fromEntries(list(all).map(({ key, value }: Decoded) => [key, plain(value)]));
}

function plain(value: Decoded | null | undefined): unknown {
  if (value === null || value === undefined) return undefined;
  if (value['arrayValue']) return list(value['arrayValue'].values).map(plain);
  if (value['kvlistValue']) return attributes(value['kvlistValue'].values);
  if (value['intValue'] !== undefined && value['intValue'] !== null) return Number(value['intValue']);
  return value['stringValue'] ?? value['boolValue'] ?? value['doubleValue'];
}

function hexIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hexIds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      /^(traceId|spanId|parentSpanId)$/.test(key) && typeof one === 'string'
        ? Buffer.from(one, 'hex').toString('base64')
        : hexIds(one),
    ]),
  );
}
