import type { WorkloadRecord } from '../../../model/record.ts';
import { hasHealthCheck } from '../../../model/spec.ts';

/** Who starts it again when it has ended: an agent (this one), its engine, or nobody but this part of the watch. */
export type Care = 'supervised' | 'engine' | 'nobody';

export function careOf({ kind, handle }: WorkloadRecord): Care {
  const runtime = handle?.['runtime'];
  if (kind === 'vm') return runtime === 'qemu' ? 'supervised' : 'nobody';
  if (kind === 'container') return runtime === 'lxc' ? 'nobody' : 'engine';
  return 'supervised';
}

/** Whether it is to be looked at at all: what is a network or a volume neither ends nor is well. */
export const isLookedAt = (record: WorkloadRecord): boolean =>
  record.kind !== 'network' && record.kind !== 'volume' && record.handle !== null;

/** It is to run now, and nobody says otherwise. */
export const isToRun = (record: WorkloadRecord): boolean =>
  record.state === 'RUNNING' && record.desiredState === 'running' && !record.completed;

/** What the agent's own attempt has left as FAILED, it may try again; what was killed it may not. */
export const mayTryAgain = ({ state, desiredState, lastError }: WorkloadRecord): boolean =>
  state === 'FAILED' && desiredState === 'running' && lastError?.code !== 'PJ5701';

export const isProbed = ({ spec }: WorkloadRecord): boolean => hasHealthCheck(spec);
