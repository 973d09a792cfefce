import http from 'node:http';
import https from 'node:https';
import type { Verdict } from '../applier/contract.ts';
import { abortText, failureText } from './failure-text.ts';

export interface HttpProbe {
  url: string;
  /** The status codes that count as healthy; default 200–399. Redirects are not followed. */
  expectedStatus: readonly number[] | undefined;
}

/** One GET on a connection of its own. The reason of a failure names the URL, without user and password. */
export function probeHttp(probe: HttpProbe, signal: AbortSignal): Promise<Verdict> {
  let url: URL;
  try {
    url = new URL(probe.url);
  } catch {
    return Promise.resolve({ healthy: false, reason: `the url ${probe.url} is not valid` });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return Promise.resolve({ healthy: false, reason: `${url.protocol}// is neither http nor https` });
  }
  const failed = (what: string): Verdict => ({ healthy: false, reason: `GET ${shown(url)} → ${what}` });
  return new Promise((resolve) => {
    const { request } = url.protocol === 'https:' ? https : http;
    const asked = request(url, {
      method: 'GET',
      agent: false,
      headers: { 'user-agent': 'pj-health', accept: '*/*', connection: 'close' },
    });
    const end = (verdict: Verdict) => {
      signal.removeEventListener('abort', giveUp);
      asked.destroy();
      resolve(verdict);
    };
    const giveUp = () => end(failed(abortText(signal)));
    // Stays for good: a socket that is destroyed may still have an error to tell.
    asked.on('error', (error) => end(failed(failureText(error))));
    asked.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const ok = probe.expectedStatus?.includes(status) ?? (status >= 200 && status <= 399);
      end(ok ? { healthy: true } : failed(`${status} ${response.statusMessage ?? ''}`.trimEnd()));
    });
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    asked.end();
  });
}

function shown(url: URL): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}
