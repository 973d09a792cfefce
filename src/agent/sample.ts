import { detectCgroups } from '../os/cgroup.ts';
import { readStat, treePids } from '../os/process.ts';
import type { Usage } from '../providers/contract.ts';
import type { Entry } from './entry.ts';
import { rootOf } from './halt.ts';
import { type Managed, manage, type World } from './world.ts';

/** Younger than this, a sample says nothing about use per second. ms */
const SHORTEST = 100;

interface Reading {
  cpuUsec: number;
  memory: number;
  processes: number;
  threads: number;
}

/** What instances use now. CPU since the sample before; where there was none, over the next tenth of a second. */
export async function sample(instances: readonly Managed[], world: Pick<World, 'cgroups'>): Promise<Usage[]> {
  const first = instances.filter((one) => one.sample === undefined || Date.now() - one.sample.atMs < SHORTEST);
  for (const one of first) one.sample = { cpuUsec: read(one, world)?.cpuUsec ?? 0, atMs: Date.now() };
  if (first.length > 0) await new Promise((resolve) => setTimeout(resolve, SHORTEST));
  return instances.map((one) => {
    const now = read(one, world);
    const id = one.entry.identity.id;
    if (now === undefined) {
      one.sample = undefined;
      return { id };
    }
    const { cpuUsec, ...usage } = now;
    const atMs = Date.now();
    const before = one.sample;
    one.sample = { cpuUsec, atMs };
    // A restart in between begins to count from 0.
    if (before === undefined || cpuUsec < before.cpuUsec || atMs <= before.atMs) return { id, ...usage };
    return { id, ...usage, cpu: (cpuUsec - before.cpuUsec) / 1000 / (atMs - before.atMs) };
  });
}

function read(managed: Managed, world: Pick<World, 'cgroups'>): Reading | undefined {
  const root = rootOf(managed, world);
  const members = treePids(root);
  if (members.length === 0) return undefined;
  const stats = members.flatMap(({ pid }) => readStat(pid) ?? []);
  const threads = stats.reduce((sum, stat) => sum + stat.threads, 0);
  if (root.cgroup !== undefined) {
    const { cpuUsec, memory } = root.cgroup.usage();
    return { cpuUsec, memory, processes: members.length, threads };
  }
  return {
    cpuUsec: stats.reduce((sum, stat) => sum + (stat.utime + stat.stime) * 1000, 0),
    memory: stats.reduce((sum, stat) => sum + stat.rss, 0),
    processes: members.length,
    threads,
  };
}

/** The instances with these keys. */
export function pick(all: ReadonlyMap<string, Managed>, keys: readonly string[]): Managed[] {
  return keys.flatMap((key) => all.get(key) ?? []);
}

/** The same where no agent runs. */
export function sampleUnwatched(entries: readonly Entry[]): Promise<Usage[]> {
  const cgroups = detectCgroups();
  return sample(
    entries.map((entry) => manage(entry, entry.spec)),
    { cgroups },
  );
}
