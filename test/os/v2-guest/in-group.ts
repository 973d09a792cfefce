import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cgroup } from '../../../src/os/cgroup.ts';
import { Playground, until } from '../test-cgroups.ts';

/** Where the guest's init mounts cgroup v2. */
export const TOP = '/sys/fs/cgroup';

/** A kernel file of a group, trimmed. */
export const kernelFile = (group: Cgroup, name: string): string => readFileSync(join(group.path, name), 'utf8').trim();

/** One number of a kernel file of `key value` lines. */
export function counter(group: Cgroup, file: string, key: string): number {
  const value = new RegExp(`^${key} (\\d+)$`, 'm').exec(kernelFile(group, file))?.[1];
  if (value === undefined) throw new Error(`${file} has no ${key}: ${kernelFile(group, file)}`);
  return Number(value);
}

/** Gives a test its own groups and processes, and takes them away after it, whatever happened. */
export const withGround = (test: (ground: Playground) => Promise<void>) => async (): Promise<void> => {
  const ground = new Playground();
  try {
    await test(ground);
  } finally {
    await ground.clear();
  }
};

/** A group that exists. */
export function made(ground: Playground): Cgroup {
  const group = ground.group();
  group.create();
  return group;
}

/** Starts a shell script in a group the way the agent starts workloads. Resolves when it is in there. */
export async function shellIn(
  ground: Playground,
  group: Cgroup,
  script: string,
): Promise<ChildProcess & { pid: number }> {
  const child = ground.launch({ command: '/bin/sh', args: ['-c', script], cgroupProcs: group.procsFiles() });
  const { pid } = child;
  if (pid === undefined) throw new Error(`sh -c ${script} did not start`);
  await until('the process in its group', () => group.pids().includes(pid) || child.exitCode !== null);
  return Object.assign(child, { pid });
}

/** A shell and below it a process that holds so many MiB of memory that is its own, until it is killed. Resolves when they are in use. */
export async function holdMemory(
  ground: Playground,
  group: Cgroup,
  mib: number,
): Promise<ChildProcess & { pid: number }> {
  // dd fills its whole buffer before it writes, and nobody reads.
  const child = await shellIn(ground, group, `dd if=/dev/zero bs=${mib}M count=2 2>/dev/null | sleep 1000; exit 7`);
  // What /proc tells, where no controller counts, lags behind a little.
  await until(`${mib} MiB in use`, () => group.usage().memory >= (mib - 1) << 20);
  return child;
}

/** Cores used in the group over `ms`. */
export async function coresUsed(group: Cgroup, ms: number): Promise<number> {
  const [cpu, time] = [group.usage().cpuUsec, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, ms));
  return (group.usage().cpuUsec - cpu) / 1000 / (performance.now() - time);
}
