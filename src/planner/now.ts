import type { Observed, ObservedStatus } from '../model/observed.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Now } from './node.ts';

/** How a workload is now. A record that was not observed counts as looking just as recorded. */
export function nowOf(record: WorkloadRecord | undefined, observed: Observed | undefined): Now {
  if (record === undefined) return { status: 'gone', up: false, made: false };
  const status = observed?.status ?? recordedStatus(record);
  const running = status === 'running' || status === 'paused';
  // Nobody looked, and its last step failed: it may run, and a stop of what is stopped does no harm.
  const maybe = observed === undefined && record.state === 'FAILED' && record.handle !== null;
  return { status, up: running || maybe, made: status !== 'gone' };
}

/** What the engine would say of a workload that is just as recorded. */
export function recordedStatus(record: WorkloadRecord): ObservedStatus {
  if (record.handle === null) return 'gone';
  switch (record.state) {
    case 'RUNNING':
    case 'STARTING':
    case 'STOPPING':
      return record.completed ? 'completed' : 'running';
    case 'PAUSED':
      return 'paused';
    case 'DEPLOYED':
      return 'stopped';
    case 'STOPPED':
      return record.completed ? 'completed' : 'stopped';
    case 'FAILED':
      return 'dead';
  }
}
