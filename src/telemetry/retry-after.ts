import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

const CHANNEL = 'http.client.response.finish';

/**
 * Hears what an endpoint answers in Retry-After. The exporters honour it within the time of one export and then forget it; who sends the same items again later
 * must know it too. `take` gives the ms of the last answer, once.
 */
export function hearRetryAfter(url: string): { take(): number | undefined; close(): void } {
  const { host, pathname, search } = new URL(url);
  let heard: number | undefined;
  const listener = (message: unknown): void => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    if (request.path !== `${pathname}${search}` || request.getHeader('host') !== host) return;
    heard = (response.statusCode ?? 0) >= 400 ? milliseconds(response.headers['retry-after']) : undefined;
  };
  subscribe(CHANNEL, listener);
  return {
    take() {
      const taken = heard;
      heard = undefined;
      return taken;
    },
    close: () => void unsubscribe(CHANNEL, listener),
  };
}

/** Of seconds or an HTTP date. */
function milliseconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
