import { readFileSync } from 'node:fs';
import type { Observed } from '../../../../model/observed.ts';
import { type Spec, staysEnded } from '../../../../model/spec.ts';
import type { SeenDomain } from './see.ts';

/** virDomainState. */
const STATE = { paused: 3, shutOff: 5, crashed: 6, suspended: 7 } as const;
/** virDomainShutoffReason. */
const WHY: Record<number, string> = {
  1: 'the guest switched itself off',
  2: 'it was powered off (destroyed) by somebody else',
  3: 'it crashed, or its QEMU was ended',
  4: 'it was migrated away',
  5: 'its memory was saved and it was switched off by somebody else',
  6: 'it failed to start',
  7: 'a snapshot of it was reverted to in which it was off',
  8: 'libvirt ended it',
};
const SHUT_DOWN = 1;

type Status = Pick<Observed, 'status' | 'detail' | 'since'>;

/** What became of a domain. */
export function statusOf({ stats, marks, live, name }: SeenDomain, spec: Spec, local: boolean): Status {
  const state = Number(stats['state.state'] ?? (live === undefined ? STATE.shutOff : 1));
  const reason = Number(stats['state.reason'] ?? 0);
  if (state === STATE.paused || state === STATE.suspended) return { status: 'paused' };
  if (state !== STATE.shutOff && state !== STATE.crashed) return { status: 'running' };
  if (marks?.atRest === true) return { status: 'stopped' };
  const detail = WHY[state === STATE.crashed ? 3 : reason] ?? 'it is off, and libvirt does not tell why';
  const since = local ? endOf(name) : undefined;
  const more = { detail, ...(since === undefined ? {} : { since }) };
  if (reason === SHUT_DOWN && state === STATE.shutOff)
    return staysEnded(spec) ? { status: 'completed', ...more } : { status: 'stopped', ...more };
  return { status: 'dead', ...more };
}

/** libvirt does not tell when; the log that it keeps of the guest does. */
function endOf(name: string): string | undefined {
  try {
    const log = readFileSync(`/var/log/libvirt/qemu/${name}.log`, 'utf8');
    const [, date, time] = [...log.matchAll(/^(\S+) (\S+)\+0000: shutting down/gm)].at(-1) ?? [];
    return date === undefined || time === undefined ? undefined : `${date}T${time}Z`;
  } catch {
    return undefined; // Not for every user to read.
  }
}
