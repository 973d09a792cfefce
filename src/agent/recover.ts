import { setTimeout as sleep } from 'node:timers/promises';
import { bootId, isAlive, type ProcessIdentity } from '../os/identity.ts';
import { readCmdline, readEnviron, readStat, scanMarked, signalTree } from '../os/process.ts';
import { noticeBoot } from './awake/boot/boots.ts';
import { type Entry, isActive, isOf, keyOf, markOf, parseMark, REBOOTED } from './entry.ts';
import { FORK_WINDOW } from './halt.ts';
import { cgroupOf } from './limits.ts';
import { checkedBy } from './regain.ts';
import { learnBack } from './secrecy.ts';
import type { Supervisor } from './supervisor.ts';
import { enter, type Managed, manage, type World } from './world.ts';

/**
 * Takes back what an agent before this one had in its care. Every process is verified before it is believed; a start that was interrupted is
 * found by its token, and a left-over of one that was superseded is ended. Call before anybody may ask for anything. `orderly`: what a reboot has ended is not
 * started here, one by one, but left as stopped to whoever brings everything up in order.
 */
export async function recover(supervisor: Supervisor, { orderly = false } = {}): Promise<void> {
  const { world } = supervisor;
  const { entries, broken, copied } = world.registry.load();
  for (const { path, reason } of broken) world.log(`${path} cannot be read and is left alone: ${reason}`);
  for (const { identity, dir } of copied)
    world.log(`${identity.id}: runs for ${dir}, which this folder is a copy of; it is left alone`);
  await supervisor.tenants.recover();
  const boot = orderly ? noticeBoot(world.project, entries, world.now) : { pending: false, fresh: false };
  if (boot.pending) supervisor.tenants.stoppedByReboot();
  if (entries.length === 0) return supervisor.recallReleased();
  const key = await world.key();
  const marked = new Map<string, ProcessIdentity[]>();
  const scan = () => {
    marked.clear();
    for (const lineage of new Set(entries.map((entry) => entry.home.lineage))) {
      for (const { identity, marker } of scanMarked(`${lineage}/`)) {
        marked.set(marker, [...(marked.get(marker) ?? []), identity]);
      }
    }
  };
  scan();
  const isLost = (entry: Entry) => entry.phase === 'starting' && processOf(entry, marked) === undefined;
  if (entries.some(isLost)) {
    await sleep(FORK_WINDOW);
    scan();
  }
  for (const entry of entries) {
    if (entry.phase === 'starting') {
      entry.process = processOf(entry, marked) ?? null;
      if (entry.process !== null) entry.phase = 'running';
    }
    supervisor.all.set(keyOf(entry.identity), takeBack(entry, world, key));
  }
  supervisor.recallReleased();
  endSuperseded(entries, marked, world);
  const here = bootId();
  for (const managed of supervisor.all.values()) {
    const { process } = managed.entry;
    const ended = boot.fresh || (boot.pending && process !== null && process.bootId !== here);
    if (ended && isActive(managed.entry)) stoppedByReboot(managed, world);
    else resume(supervisor, managed);
  }
  supervisor.tenants.resume();
}

/** The first process of an interrupted start: the leader of its session among those with its token. */
export function processOf(entry: Entry, marked: ReadonlyMap<string, ProcessIdentity[]>): ProcessIdentity | undefined {
  if (entry.token === null) return undefined;
  const family = marked.get(markOf(entry.home, entry.token)) ?? [];
  const leader = family.find((one) => readStat(one.pid)?.session === one.pid);
  return leader ?? family.toSorted((a, b) => Number(a.startTime) - Number(b.startTime))[0];
}

/** The entry in care again, with what its running process still knows of its secrets. */
function takeBack(entry: Entry, world: World, key: Buffer | undefined): Managed {
  const alive = entry.process !== null && isAlive(entry.process);
  const pid = alive ? entry.process?.pid : undefined;
  const learnt = learnBack(
    entry.spec,
    pid === undefined ? { environ: {}, cmdline: [] } : { environ: readEnviron(pid), cmdline: readCmdline(pid) },
    checkedBy(key, entry),
  );
  const managed = manage(entry, learnt.spec, learnt.missing);
  managed.seen = alive;
  managed.oomBefore = alive ? cgroupOf(world.cgroups, entry.home).oomKills() : 0;
  return managed;
}

/** Ends processes that carry an older token of an instance: a start that was tried again has left them. Those of no entry are left alone. */
function endSuperseded(entries: readonly Entry[], marked: ReadonlyMap<string, ProcessIdentity[]>, world: World): void {
  const byHome = new Map(entries.map((entry) => [`${entry.home.lineage}/${keyOf(entry.home)}`, entry]));
  for (const [marker, family] of marked) {
    const mark = parseMark(marker);
    if (mark === undefined) continue;
    const entry = byHome.get(`${mark.lineage}/${keyOf(mark)}`);
    // The mark of a process that a copy of this project runs names another folder.
    if (entry === undefined || entry.token === mark.token || !isOf(mark.token, entry.home.place)) continue;
    for (const one of family) world.log(`${mark.id}: ends pid ${one.pid}, the left-over of an earlier start`);
    signalTree({ marker }, 'SIGKILL');
  }
}

/** It was not stopped on purpose, but it is not started again by itself either: it has its place in an order. */
function stoppedByReboot(managed: Managed, world: World): void {
  enter(managed, world, { phase: 'stopped', wanted: 'stopped', process: null, nextStart: null, reason: REBOOTED });
  world.log(`${managed.entry.identity.id}: ${REBOOTED}`);
}

/** Goes on where the agent before was interrupted. */
function resume(supervisor: Supervisor, managed: Managed): void {
  const { world } = supervisor;
  const { entry } = managed;
  const { id } = entry.identity;
  if (entry.phase === 'running') {
    if (entry.process !== null && isAlive(entry.process)) {
      enter(managed, world, {});
      world.log(`${id}: taken back, pid ${entry.process.pid}`);
    } else supervisor.ended(managed, entry.token);
  } else if (entry.phase === 'starting') {
    // The process never was: it is started now, as it was asked for.
    enter(managed, world, { phase: 'backoff', process: null, nextStart: null });
    supervisor.resumeBackoff(managed, false);
  } else if (entry.phase === 'stopping') {
    void supervisor.stop(entry.identity).catch((error: unknown) => world.log(`${id}: ${String(error)}`));
  } else if (entry.phase === 'backoff') {
    supervisor.resumeBackoff(managed);
  }
}
