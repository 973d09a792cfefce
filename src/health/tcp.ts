import { connect } from 'node:net';
import type { Verdict } from '../applier/contract.ts';
import { abortText, failureText } from './failure-text.ts';

/** Healthy when a connection can be made; it is closed at once. */
export function probeTcp(probe: { host: string; port: number }, signal: AbortSignal): Promise<Verdict> {
  const { host, port } = probe;
  const failed = (what: string): Verdict => ({ healthy: false, reason: `tcp ${host}:${port} → ${what}` });
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return Promise.resolve(failed('not a port'));
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (verdict: Verdict) => {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(verdict);
    };
    const giveUp = () => end(failed(abortText(signal)));
    socket.on('error', (error) => end(failed(failureText(error))));
    socket.on('connect', () => end({ healthy: true }));
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
