import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { detectCgroups } from '../../src/os/cgroup.ts';
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
  const back = favour();
  try {
    for (let attempt = 0; attempt < 4; attempt++) {
      used = await coresOver(3_000, seconds);
      if (used > cores * 0.9) break;
    }
  } finally {
    back();
  }
  if (Math.abs(used - cores) > cores / 10) throw new Error(`${used} cores are used, not ${cores} ± 10 %`);
  return used;
}

/** The same of the threads of an application in a shared JVM. A v2 group counts also where v1 has the limits. */
export function cpuSecondsOfThreads(lineage: string, id: string): number {
  const { unified, v1 } = detectCgroups();
  const below = join(unified ?? v1.cpu ?? '', 'pj', lineage);
  const file = unified === undefined ? 'cpuacct.usage' : 'cpu.stat';
  const found = readdirSync(below)
    .map((host) => join(below, host, `app-${id}@1`, file))
    .find((path) => existsSync(path));
  const text = readFileSync(found ?? below, 'utf8');
  return unified === undefined ? Number(text) / 1e9 : Number(/^usage_usec (\d+)/m.exec(text)?.[1]) / 1e6;
}

/**
 * Puts the groups of all that pj and the engines run before what else this machine does, as a quota says only what one may get at most; gives what takes it back.
 * Where groups cannot be had it does nothing.
 */
export function favour(): () => void {
  const { version, unified, v1 } = detectCgroups();
  const [base, name, most, usual] =
    version === 'v2' ? [unified, 'cpu.weight', '10000', '100'] : [v1.cpu, 'cpu.shares', '200000', '1024'];
  const groups = ['pj', 'pj-lxc', 'docker', 'libpod_parent', 'machine', 'machine.slice'];
  const files = groups.map((group) => join(base ?? '/nowhere', group, name));
  const before = files
    .filter((file) => existsSync(file))
    .map((file) => [file, readFileSync(file, 'utf8').trim()] as const);
  for (const [file] of before) writeFileSync(file, most);
  return () => {
    // Another run of these tests may be at it.
    for (const [file, was] of before) if (existsSync(file)) writeFileSync(file, was === most ? usual : was);
  };
}
