import type { Agent, request as send } from 'node:http';
import type { TlsFiles } from './endpoint.ts';
import type { Request } from './engine.ts';

/** What requests go through once the way to the engine is open. */
export type Way = { socket: string } | { host: string; port: number; tls?: TlsFiles };

/** Where a request goes: the options of node:http that name it. */
export type Address = { socketPath: string } | { host: string; port: number };

/** What an engine answered that is no success, in the shape that docker-modem gives such an answer. */
class Unsuccessful extends Error {
  readonly statusCode: number;
  readonly json: unknown;

  constructor(statusCode: number, json: unknown, text: string) {
    super(text);
    this.statusCode = statusCode;
    this.json = json;
  }
}

/** A success: the parsed body, text where it is no JSON, undefined where there is none. */
export interface Answer {
  body: unknown;
  headers: Record<string, unknown>;
}

/** What makes a request: node:http's or node:https's function, with the pool that it goes through. */
export interface Line {
  address: Address;
  agent: Agent;
  send: typeof send;
}

/**
 * Makes one request. Rejects with the signal's reason, with an
 * error that has `statusCode` and `json`, or with the connection's own. It is what docker-modem does, less its 10 ms of start-up and its copies of
 * every request, for the calls that a plan of 100 containers consists of.
 */
export function ask(
  { address, agent, send: make }: Line,
  { method, path, query = {}, body, ok = [200, 201, 204] }: Request,
  limits: { signal: AbortSignal; deadline: number },
): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const search = new URLSearchParams(query).toString();
  const ends = new AbortController();
  const abort = (): void => ends.abort();
  let late = false;
  const timer = Number.isFinite(limits.deadline)
    ? setTimeout(() => {
        late = true;
        ends.abort();
      }, limits.deadline)
    : undefined;
  limits.signal.addEventListener('abort', abort, { once: true });
  const done = new Promise<Answer>((resolve, reject) => {
    const asked = make(
      {
        ...address,
        agent,
        method,
        path: search === '' ? path : `${path}?${search}`,
        signal: ends.signal,
        headers:
          text === undefined
            ? { ...(method === 'GET' ? {} : { 'Content-Length': 0 }) }
            : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const said = Buffer.concat(chunks).toString();
          const parsed = bodyOf(said);
          const status = answer.statusCode ?? 0;
          if (ok.includes(status)) resolve({ body: parsed, headers: answer.headers });
          else reject(new Unsuccessful(status, typeof parsed === 'object' ? parsed : undefined, said.trim()));
        });
      },
    );
    asked.on('error', reject);
    asked.end(text);
  });
  return done
    .catch((thrown: unknown) => {
      limits.signal.throwIfAborted();
      throw late ? new Error(`no answer within ${limits.deadline / 1000} s`) : thrown;
    })
    .finally(() => {
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', abort);
    });
}

/** Engines answer `null` for an empty list. */
function bodyOf(text: string): unknown {
  if (/^(\s*|null\s*)$/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
