import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Milliseconds: for a request to come in whole, and for an idle connection between two scrapes. */
const REQUEST = 10_000;
const IDLE = 75_000;
/** Connections at once: scrapers are few. */
const CONNECTIONS = 64;

const TEXT = 'text/plain; charset=utf-8';
/** Of Prometheus' text format. */
const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricsServer {
  /** Where it listens, the real port in it. */
  url: string;
  close(): Promise<void>;
}

/** What is answered to `/metrics`; the parameters of its URL. Undefined: they are not understood. */
export type Render = (query: URLSearchParams) => Promise<string | undefined>;

/** Serves `/metrics` and `/-/healthy`. Rejects with the error of the system where it cannot listen there. */
export function serveMetrics(
  where: { host: string; port: number },
  render: Render,
  failed: (error: unknown) => void,
): Promise<MetricsServer> {
  const server = createServer({ maxHeaderSize: 8_192, connectionsCheckingInterval: 2_000 }, (request, response) => {
    answer(request, response, render).catch((error: unknown) => {
      failed(error);
      if (!response.headersSent)
        send(request, response, 500, 'the metrics could not be made: see the log of the agent\n');
      else response.destroy();
    });
  });
  server.requestTimeout = REQUEST;
  server.headersTimeout = REQUEST;
  server.keepAliveTimeout = IDLE;
  server.maxConnections = CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      server.on('error', failed);
      const { address, port, family } = server.address() as AddressInfo;
      const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`;
      resolve({ url, close: () => close(server) });
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, render: Render): Promise<void> {
  request.resume();
  // A proxy may write the whole URL.
  const url = URL.canParse(request.url ?? '/', 'http://agent')
    ? new URL(request.url ?? '/', 'http://agent')
    : undefined;
  if (url === undefined) return send(request, response, 400, 'no URL\n');
  if (url.pathname !== '/metrics' && url.pathname !== '/-/healthy')
    return send(request, response, 404, 'there is /metrics and /-/healthy\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return send(request, response, 405, 'only GET and HEAD\n');
  }
  if (url.pathname === '/-/healthy') return send(request, response, 200, 'the agent is awake\n');
  const text = await render(url.searchParams);
  if (text === undefined) return send(request, response, 400, 'collect[] takes workload, document and pj\n');
  send(request, response, 200, text, EXPOSITION);
}

function send(request: IncomingMessage, response: ServerResponse, status: number, text: string, type = TEXT): void {
  const body = Buffer.from(text);
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length, 'Cache-Control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}
