import type { Agent } from 'node:http';
import type { Readable } from 'node:stream';
import Modem from 'docker-modem';
import { deadlineOf, PATIENCE } from './deadline.ts';
import type { Way } from './http-request.ts';

/** A modem for dockerode whose requests end when `signal` aborts, each with a deadline. `version`: the prefix of paths, `v1.41`; '' for none. */
export function modemOver(way: Way, agent: Agent, signal: AbortSignal, version: string): Modem {
  const fields =
    'socket' in way
      ? { socketPath: way.socket, protocol: 'http' }
      : { host: way.host, port: way.port, pathPrefix: '/', protocol: way.tls === undefined ? 'http' : 'https' };
  // Its constructor looks at DOCKER_HOST and DOCKER_CERT_PATH by itself, whatever it is given, and throws when they are wrong.
  const modem = Object.create(Modem.prototype) as Modem;
  const dial: Modem['dial'] = (request, callback) => bounded(modem, request, signal, callback);
  return Object.assign(modem, fields, { version, agent, headers: {}, dial });
}

/** A request that ends with the signal or at its deadline, whichever comes first; a stream that it gives ends with the signal. */
function bounded(
  modem: Modem,
  request: Modem.DialOptions,
  signal: AbortSignal,
  callback: Modem.RequestCallback = () => undefined,
): void {
  if (signal.aborted) {
    callback(signal.reason as Error, null);
    return;
  }
  const ends = new AbortController();
  const own = request.abortSignal;
  const abort = (): void => ends.abort();
  const { path = '', options } = request;
  const deadline = deadlineOf(path, { ...options, ...options?._query }, PATIENCE);
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
