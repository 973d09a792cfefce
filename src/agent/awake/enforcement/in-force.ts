import type { Pointer } from '../../../model/json.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import { isHeld } from '../../../os/cgroup.ts';
import { openRegistry } from '../../registry.ts';
import { lockHolders } from '../../single.ts';
import { openKeep } from '../keep-file.ts';
import { instanceOf } from '../state-view.ts';
import { throttledTo } from './counter.ts';
import { fromKept } from './kept.ts';

/** Where the memory of a machine is said by itself, its balloon shows there. */
const PATHS: Record<'cpu' | 'memory', readonly Pointer[]> = {
  cpu: ['/resources/cpu'],
  memory: ['/resources/memory', '/vm/memory'],
};

/**
 * The limits that are not what the descriptor says because a throttle is in force: of that very instance, and only while exactly its value is
 * seen, and while an agent lives that will lift it: one that nobody lifts is drift. Reads what the agent keeps; where that cannot be read, there
 * are none.
 */
export function throttledFields(
  project: string,
  of: readonly { record: WorkloadRecord; fields: Readonly<Record<Pointer, unknown>> }[],
): Map<string, Pointer[]> {
  const cases = fromKept(openKeep(project)('enforcement').read());
  const found = new Map<string, Pointer[]>();
  if (cases.size === 0 || !hasAgent(project)) return found;
  for (const { record, fields } of of) {
    const one = cases.get(record.id);
    if (one === undefined || one.instance !== instanceOf(record)) continue;
    for (const resource of ['cpu', 'memory'] as const) {
      const counted = one.counted.get(resource);
      const to = counted === undefined ? undefined : throttledTo(counted.counter);
      for (const path of PATHS[resource]) {
        const seen = fields[path];
        if (to !== undefined && typeof seen === 'number' && isHeld(resource, to, seen))
          found.set(record.id, [...(found.get(record.id) ?? []), path]);
      }
    }
  }
  return found;
}

function hasAgent(project: string): boolean {
  try {
    return lockHolders(openRegistry(project).dir).length > 0;
  } catch {
    // Whoever may not look there may not have throttles hidden from them.
    return false;
  }
}
