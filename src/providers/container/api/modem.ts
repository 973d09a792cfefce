import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import Modem from 'docker-modem';
import type { TlsFiles } from './endpoint.ts';

/** What requests go through once the way to the engine is open. */
export type Way = { socket: string } | { host: string; port: number; tls?: TlsFiles };

/** Milliseconds that a connection waits for its next request. An engine that ends when nobody asks (Podman's socket unit) closes it after more. */
const IDLE = 4000;
/** Milliseconds in which an engine must answer a request that does not wait for something by itself. */
export const PATIENCE = 120_000;

/** One pool of connections to an engine. */
export interface Pool {
  /** A modem for dockerode whose requests end when `signal` aborts, each with a deadline. `version`: the prefix of paths, `v1.41`; '' for none. */
  modem(signal: AbortSignal, version: string, patience?: number): Modem;
  close(): void;
}

export function openPool(way: Way): Pool {
  const tls = 'host' in way ? way.tls : undefined;
  const options = { keepAlive: true, timeout: IDLE };
  const agent =
    tls === undefined
      ? new HttpAgent(options)
      : new HttpsAgent({
          ...options,
          ...(tls.ca === undefined ? {} : { ca: tls.ca }),
          ...(tls.cert === undefined ? {} : { cert: tls.cert }),
          ...(tls.key === undefined ? {} : { key: tls.key }),
          ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
          rejectUnauthorized: tls.verify,
        });
  // docker-modem inspects its whole request, agent and sockets in full depth, before each of them, whether that is wanted or not.
  Object.defineProperty(agent, inspect.custom, { value: () => 'Agent' });
  const fields =
    'socket' in way
      ? { socketPath: way.socket, protocol: 'http' }
      : { host: way.host, port: way.port, pathPrefix: '/', protocol: tls === undefined ? 'http' : 'https' };
  return {
    modem(signal, version, patience = PATIENCE) {
      // Its constructor looks at DOCKER_HOST and DOCKER_CERT_PATH by itself, whatever it is given, and throws when they are wrong.
      const modem = Object.create(Modem.prototype) as Modem;
      const dial: Modem['dial'] = (request, callback) => bounded(modem, request, { signal, patience }, callback);
      return Object.assign(modem, fields, { version, agent, headers: {}, dial });
    },
    close: () => agent.destroy(),
  };
}

/** A request that ends with the signal or at its deadline, whichever comes first; a stream that it gives ends with the signal. */
function bounded(
  modem: Modem,
  request: Modem.DialOptions,
  { signal, patience }: { signal: AbortSignal; patience: number },
  callback: Modem.RequestCallback = () => undefined,
): void {
  if (signal.aborted) {
    callback(signal.reason as Error, null);
    return;
  }
  const ends = new AbortController();
  const own = request.abortSignal;
  const abort = (): void => ends.abort();
  const deadline = deadlineOf(request, patience);
  let late = false;
  const timer =
    deadline === Number.POSITIVE_INFINITY
      ? undefined
      : setTimeout(() => {
          late = true;
          ends.abort();
        }, deadline);
  for (const one of [signal, own]) one?.addEventListener('abort', abort, { once: true });
  const release = (): void => {
    for (const one of [signal, own]) one?.removeEventListener('abort', abort);
  };
  Modem.prototype.dial.call(modem, { ...request, abortSignal: ends.signal }, (error, result) => {
    clearTimeout(timer);
    if (error === null && isStream(result)) result.once('close', release);
    else release();
    if (late) callback(new Error(`no answer within ${deadline / 1000} s`), null);
    else callback(error, isNothing(result) ? null : result);
  });
}

const isStream = (result: unknown): result is Readable =>
  typeof result === 'object' && result !== null && 'once' in result && 'pipe' in result;

/** `null` and an empty body come as bytes. */
const isNothing = (result: unknown): boolean => Buffer.isBuffer(result) && /^(\s*|null\s*)$/.test(result.toString());

/** Requests that last as long as what they wait for; whoever makes them ends them by the signal. */
const OPEN_ENDED =
  /^\/(?:libpod\/)?(?:events|build|commit|images\/(?:create|pull|load|get|[^?]+\/(?:push|get))|containers\/[^/]+\/(?:wait|attach|logs|stats|export|archive|checkpoint|restore)|exec\/[^/]+\/start)\b/;

/** Milliseconds until the engine must have answered. A stop may take the grace that it is given on top. */
function deadlineOf({ path = '', options }: Modem.DialOptions, patience: number): number {
  if (OPEN_ENDED.test(path)) return Number.POSITIVE_INFINITY;
  if (!/\/(stop|restart)\b/.test(path)) return patience;
  const query: Record<string, unknown> = { ...options, ...options?._query };
  const grace = Number(query['t'] ?? query['timeout'] ?? /[?&]t(?:imeout)?=(\d+)/.exec(path)?.[1] ?? 10);
  return patience + (Number.isFinite(grace) && grace > 0 ? grace * 1000 : 0);
}
