import { statSync } from 'node:fs';
import { errno } from '../kernel-file.ts';
import { bytes, readOnce } from './kept-file.ts';
import { firstNumber } from './parse.ts';

export interface Traffic {
  networkReceived: number;
  networkSent: number;
}

/**
 * What went over the devices of a process's network namespace, its loopback aside; undefined where that is this process's own, or the process is gone.
 * Never kept open: an open file of it would keep the namespace, and its devices, for ever.
 */
export function trafficOf(pid: number): Traffic | undefined {
  const length = readOnce(`/proc/${pid}/net/dev`);
  return length < 0 ? undefined : trafficIn(bytes.toString('latin1', 0, length));
}

/** The text of a net/dev. */
export function trafficIn(text: string): Traffic {
  const traffic = { networkReceived: 0, networkSent: 0 };
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0 || line.slice(0, colon).trim() === 'lo') continue;
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    traffic.networkReceived += Number(fields[0] ?? 0);
    traffic.networkSent += Number(fields[8] ?? 0);
  }
  return traffic;
}

/** What went over devices of this host whose other end is a workload: what they receive it has sent. Undefined where none is there. */
export function trafficOver(devices: readonly string[]): Traffic | undefined {
  let traffic: Traffic | undefined;
  for (const device of devices) {
    const sent = numberIn(`/sys/class/net/${device}/statistics/rx_bytes`);
    const received = numberIn(`/sys/class/net/${device}/statistics/tx_bytes`);
    if (sent === undefined || received === undefined) continue;
    traffic ??= { networkReceived: 0, networkSent: 0 };
    traffic.networkReceived += received;
    traffic.networkSent += sent;
  }
  return traffic;
}

let own: number | undefined;

/** Whether a process is in another network namespace than this one; undefined where it is gone, or not ours to look at. */
export function hasOwnNetwork(pid: number): boolean | undefined {
  try {
    own ??= statSync('/proc/self/ns/net').ino;
    return statSync(`/proc/${pid}/ns/net`).ino !== own;
  } catch (thrown) {
    if (errno(thrown) === undefined) throw thrown;
    return undefined;
  }
}

function numberIn(path: string): number | undefined {
  const length = readOnce(path);
  return length < 0 ? undefined : firstNumber(length);
}
