import { readdirSync, readFileSync } from 'node:fs';
import { heapUsedNow } from '../../../jvm/attach.ts';
import { type JvmCounters, readCounters } from '../../../jvm/perf-data.ts';
import type { Usage } from '../../contract.ts';

/** Generations of processes between the one that the agent started and the JVM: bubblewrap has a child of its own. */
const DEEPEST = 3;

/** More processes than these are not looked through for a JVM. */
const MOST = 8;

/** What a JVM tells of itself; nothing where it tells nothing. `root`: the process that the agent started. */
export async function heapUsage(root: number): Promise<Omit<Usage, 'id'>> {
  const jvm = findJvm(root);
  if (jvm === undefined) return {};
  const { heapMax, gcCount, gcSeconds, classes } = jvm.counters;
  const heap = (await heapUsedNow(jvm.pid)) ?? jvm.counters.heapUsed;
  return { heap, heapMax, gcCount, gcSeconds, classes };
}

/** The same of a JVM among some processes, without asking it: its heap is that after the last collection. */
export function heapAmong(pids: readonly number[]): Omit<Usage, 'id'> {
  for (const pid of pids.slice(0, MOST)) {
    const counters = readCounters(pid);
    if (counters === undefined) continue;
    const { heapUsed, heapMax, gcCount, gcSeconds, classes } = counters;
    return { heap: heapUsed, heapMax, gcCount, gcSeconds, classes };
  }
  return {};
}

function findJvm(root: number): { pid: number; counters: JvmCounters } | undefined {
  let pids = [root];
  for (let depth = 0; depth <= DEEPEST && pids.length > 0; depth++) {
    for (const pid of pids) {
      const counters = readCounters(pid);
      if (counters !== undefined) return { pid, counters };
    }
    pids = pids.flatMap(childrenOf);
  }
  return undefined;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    // It has ended.
    return [];
  }
}
