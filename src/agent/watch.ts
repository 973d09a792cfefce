import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { appendTimeIndex } from '../logs/read.ts';
import { rotate } from '../logs/rotate.ts';
import type { ProcessIdentity } from '../os/identity.ts';
import { isActive } from './entry.ts';
import { agentLog, logFiles } from './log-files.ts';
import type { Supervisor } from './supervisor.ts';
import { enter } from './world.ts';

/** How often processes that are not the agent's own children are looked at. ms */
const POLL = 500;
/** How often host JVMs are asked what has ended in them. ms */
const FOLLOW = 2_000;
/** How often logs are looked at. ms */
const LOG_INTERVAL = 1_000;
/** How long a log is left alone that could not be rotated: most likely the disk is full, and every try copies. ms */
const AFTER_FAILURE = 30_000;
/** What holds where the descriptor says nothing. */
const DEFAULT_LOGS = { maxSize: 10 * 1024 * 1024, maxFiles: 5 };

interface Seen {
  size: number;
  mtimeMs: number;
}

const STAT = Buffer.alloc(1024);

/**
 * Whether that very process runs and is no zombie: as isAlive() says, but one small read. The boot cannot change while this agent lives, and
 * whoever is in its care was verified against it when it was taken back.
 */
function stillRuns({ pid, startTime }: ProcessIdentity): boolean {
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/stat`, 'r');
  } catch {
    return false;
  }
  try {
    const text = STAT.toString('latin1', 0, readSync(fd, STAT, 0, STAT.length, 0));
    const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return rest[19] === startTime && rest[0] !== 'Z' && rest[0] !== 'X';
  } catch {
    return false; // It ended between the opening and the reading.
  } finally {
    closeSync(fd);
  }
}

/**
 * The agent's two slow timers, shared by all workloads: one notices the end of processes that were taken over (the kernel tells only
 * parents), one rotates logs and notes times for `--since`. Own children cost nothing: the kernel reports their end.
 */
export function watch(supervisor: Supervisor): { stop(): void } {
  const { world } = supervisor;
  const seen = new Map<string, Seen>();
  const notBefore = new Map<string, number>();
  let rotating = false;
  let following = false;

  const pollAdopted = () => {
    for (const managed of supervisor.all.values()) {
      const { entry } = managed;
      if (managed.unsaved) enter(managed, world, {});
      if (managed.child !== undefined || entry.phase !== 'running' || entry.process === null) continue;
      if (!stillRuns(entry.process)) supervisor.ended(managed, entry.token);
    }
    for (const tenant of supervisor.tenants.all) if (tenant.unsaved) enter(tenant, world, {});
  };

  const lookAtLogs = async () => {
    if (rotating) return;
    rotating = true;
    try {
      await tend(agentLog(world.project), DEFAULT_LOGS);
      const done = new Set<string>();
      for (const { entry, spec } of supervisor.all.values()) {
        // Of what has ended only what it wrote last is still to be noted.
        const { out, err } = logFiles(world.project, entry.home.id);
        if (!isActive(entry) && !seen.has(out)) continue;
        const limits = { ...DEFAULT_LOGS, ...spec.native?.logs };
        for (const path of [out, err]) {
          if (done.has(path)) continue;
          done.add(path);
          await tend(path, limits);
        }
      }
      for (const tenant of supervisor.tenants.all) {
        const { out, err } = logFiles(world.project, tenant.entry.home.id);
        const host = supervisor.tenants.hostOf(tenant);
        const writes = host !== undefined && isActive(host.entry);
        for (const path of [out, err]) {
          if (done.has(path) || !(writes || seen.has(path))) continue;
          done.add(path);
          await tend(path, DEFAULT_LOGS);
        }
      }
    } finally {
      rotating = false;
    }
  };

  const tend = async (path: string, limits: { maxSize: number; maxFiles: number }) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if ((notBefore.get(path) ?? 0) > performance.now()) return;
    const before = seen.get(path);
    if (before !== undefined && before.size === stat.size && before.mtimeMs === stat.mtimeMs) return;
    seen.set(path, { size: stat.size, mtimeMs: stat.mtimeMs });
    try {
      appendTimeIndex(path, world.now().getTime());
      // The first look finishes a rotation that an agent before this one began.
      if (before === undefined || stat.size > limits.maxSize) await rotate({ path, ...limits, tools: world.tools() });
    } catch (error) {
      notBefore.set(path, performance.now() + AFTER_FAILURE);
      if (path !== agentLog(world.project)) world.log(error instanceof Error ? error.message : String(error));
    }
  };

  const followHosts = async () => {
    if (following) return;
    following = true;
    try {
      await supervisor.tenants.follow();
    } finally {
      following = false;
    }
  };

  const timers = [
    setInterval(() => void followHosts().catch((error: unknown) => world.log(String(error))), FOLLOW),
    setInterval(pollAdopted, POLL),
    setInterval(() => void lookAtLogs().catch((error: unknown) => world.log(String(error))), LOG_INTERVAL),
  ];
  for (const timer of timers) timer.unref();
  return {
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
