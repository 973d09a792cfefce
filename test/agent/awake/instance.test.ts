import { expect, it } from 'vitest';
import { instanceOf } from '../../../src/agent/awake/state-view.ts';
import type { WorkloadRecord } from '../../../src/model/record.ts';

it('an instance is the same whatever the order in which journal and snapshot hold its handle', () => {
  const of = (generation: number, handle: WorkloadRecord['handle']) =>
    instanceOf({ generation, handle } as WorkloadRecord);
  const one = of(1, { runtime: 'docker', id: 'a', name: 'web' });
  expect(of(1, { id: 'a', name: 'web', runtime: 'docker' })).toBe(one);
  expect(of(2, { id: 'a', name: 'web', runtime: 'docker' })).not.toBe(one);
  expect(of(1, { id: 'b', name: 'web', runtime: 'docker' })).not.toBe(one);
});
