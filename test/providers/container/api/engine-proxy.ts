import { createServer, request } from 'node:http';

/** What stands between pj and an engine and writes down what is asked. */
export interface RecordingProxy {
  address: string;
  /** `GET /v1.41/containers/json?all=true` of each request so far. */
  seen: string[];
  close(): Promise<void>;
}

/** Passes requests on to an engine's socket; listens on a socket of its own, or on a port (0: any) as an engine elsewhere would. `instead`: what is answered in the engine's place. */
export async function recordingProxy(
  engine: string,
  at: string | number,
  instead: (asked: string) => { status: number; body: unknown } | undefined = () => undefined,
): Promise<RecordingProxy> {
  const seen: string[] = [];
  const server = createServer((asked, answer) => {
    const { method = 'GET', url: path = '/', headers } = asked;
    seen.push(`${method} ${path}`);
    const own = instead(`${method} ${path}`);
    if (own !== undefined) {
      answer.writeHead(own.status, { 'content-type': 'application/json' }).end(JSON.stringify(own.body));
      return;
    }
    const on = request({ socketPath: engine, method, path, headers }, (its) => {
      answer.writeHead(its.statusCode ?? 502, its.headers);
      its.pipe(answer);
    });
    on.once('error', () => answer.destroy());
    asked.pipe(on);
  });
  await new Promise<void>((done) => {
    if (typeof at === 'string') server.listen(at, done);
    else server.listen(at, '127.0.0.1', done);
  });
  const address = server.address();
  return {
    address: typeof address === 'string' ? `unix://${address}` : `tcp://127.0.0.1:${address?.port}`,
    seen,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
