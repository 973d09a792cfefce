import type { WorkloadRecord } from '../../src/model/record.ts';
import { DEFAULT_LIFECYCLE } from '../../src/model/workload.ts';

/** The record of a workload that runs as the state would have it. */
export const runningRecord = (
  of: Pick<WorkloadRecord, 'id' | 'kind' | 'spec' | 'handle' | 'attributes'> & Partial<WorkloadRecord>,
): WorkloadRecord => ({
  provider: of.kind,
  generation: 1,
  state: 'RUNNING',
  health: 'none',
  completed: false,
  desiredState: 'running',
  dependencies: [],
  lifecycle: DEFAULT_LIFECYCLE,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...of,
});
