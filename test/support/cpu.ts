import { setTimeout as sleep } from 'node:timers/promises';
import { readStat } from '../../src/os/process.ts';

/** Seconds of processor time that a process with all its threads has had, as the kernel counts. */
export function cpuSecondsOf(pid: number): number {
  const stat = readStat(pid);
  if (stat === undefined) throw new Error(`there is no process ${pid}`);
  return (stat.utime + stat.stime) / 1000;
}

/** Cores that were used over so many ms, from a counter in seconds. */
export async function coresOver(ms: number, seconds: () => number | Promise<number>): Promise<number> {
  const before = await seconds();
  const begun = performance.now();
  await sleep(ms);
  return ((await seconds()) - before) / ((performance.now() - begun) / 1000);
}

/**
 * That a spinner gets its quota within a tenth, no more and no less; gives what it got. The kernel gives a quota out by tenths of a second: shorter than some
 * seconds nothing can be told. A machine that is busy may give less than it should for a while: then it is measured again.
 */
export async function expectHeld(cores: number, seconds: () => number | Promise<number>): Promise<number> {
  let used = 0;
  for (let attempt = 0; attempt < 4; attempt++) {
    used = await coresOver(3_000, seconds);
    if (used > cores * 0.9) break;
  }
  if (Math.abs(used - cores) > cores / 10) throw new Error(`${used} cores are used, not ${cores} ± 10 %`);
  return used;
}
