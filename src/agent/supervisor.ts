import { randomUUID } from 'node:crypto';
import { PjError } from '../errors.ts';
import type { Identity } from '../model/record.ts';
import { restartPolicy } from '../model/spec.ts';
import { cleanupEmptyParents } from '../os/cgroup.ts';
import { identify, isAlive } from '../os/identity.ts';
import { scanMarked } from '../os/process.ts';
import { backoffDelay } from './backoff.ts';
import type { Orphan, Sighting, WorkloadCall } from './calls.ts';
import { type Entry, isActive, keyOf, parseMark } from './entry.ts';
import { halt, mayLive } from './halt.ts';
import { launch, workdirOf } from './launch.ts';
import { applyLimits, cgroupName, cgroupOf } from './limits.ts';
import { moveHome } from './move-home.ts';
import { moveIn } from './move-in.ts';
import { learnBack, storable } from './secrecy.ts';
import { settle } from './settle.ts';
import { binaryOf, sight } from './sighting.ts';
import { makeVolumes, removeVolumes } from './volumes.ts';
import { enter, inTurn, type Managed, manage, until, type World } from './world.ts';

/** How long the news of a process's end may take from the kernel to the registry. ms */
const HEARSAY = 2_000;

/** The workloads of one project, and what can be done to them. Every call is idempotent; calls on one instance run one after the other. */
export class Supervisor {
  readonly world: World;
  readonly all = new Map<string, Managed>();

  constructor(world: World) {
    this.world = world;
  }

  /** Keys of what there is something to do for. */
  active(): string[] {
    return [...this.all.values()].filter((one) => isActive(one.entry)).map((one) => keyOf(one.entry.identity));
  }

  /** Makes the instance known: entry and volumes. Of one that is there already it takes the spec, which a half-made replacement may have left old. */
  create(call: WorkloadCall): Promise<Sighting> {
    const managed = this.obtain(call);
    return inTurn(managed, async () => {
      const { entry } = managed;
      if (!isActive(entry)) this.adoptSpec(managed, call);
      makeVolumes(this.world.project, entry.home, managed.spec, undefined);
      enter(managed, this.world, {}, true);
      return this.sighting(managed);
    });
  }

  /** Starts it; what runs already with this spec is left as it is. Throws PJ53xx, and then it is `failed`. */
  start(call: WorkloadCall): Promise<Sighting> {
    const managed = this.obtain(call);
    return inTurn(managed, async () => {
      const { entry } = managed;
      clearTimeout(managed.timer);
      if (entry.phase === 'running' && entry.process !== null && isAlive(entry.process)) {
        if (entry.specDigest === call.specDigest) {
          // It may have been restarted since the secrets were last known.
          this.adoptSpec(managed, call);
          entry.wanted = 'running';
          return this.sighting(managed);
        }
        await halt(managed, this.world, { atOnce: false });
      } else if (mayLive(managed, this.world)) {
        // What an earlier run left behind must not run beside the new one.
        await halt(managed, this.world, { atOnce: true });
      }
      this.adoptSpec(managed, call);
      Object.assign(entry, { wanted: 'running', run: randomUUID(), restarts: 0, attempts: 0, lastExit: null });
      await this.launch(managed, true);
      return this.sighting(managed);
    });
  }

  /** Ends its whole tree and remembers that it is to stay so. Undefined: not known, so nothing of it runs. Throws PJ5303. */
  async stop(identity: Identity, instance?: string): Promise<Sighting | null> {
    const managed = this.known(identity, instance);
    if (managed === undefined) return null;
    return inTurn(managed, async () => {
      await this.halt(managed);
      return this.sighting(managed);
    });
  }

  /** Takes a new spec. What runs gets its limits at once; the rest holds from the next start. Throws PJ5306 and keeps the old spec. */
  update(call: WorkloadCall): Promise<Sighting> {
    const managed = this.obtain(call);
    return inTurn(managed, async () => {
      const { entry } = managed;
      if (entry.process !== null && isAlive(entry.process) && this.world.cgroups.writable) {
        const group = cgroupOf(this.world.cgroups, entry.home);
        if (group.exists()) {
          const { held, refused } = applyLimits(group, call.spec);
          const real = refused.filter((text) => this.world.cgroups.controllers.has(text.split(':')[0] as 'cpu'));
          if (real.length > 0) {
            applyLimits(group, managed.spec);
            throw new PjError('PJ5306', { id: entry.identity.id, reason: real.join('; ') });
          }
          entry.held = held;
        }
      }
      this.adoptSpec(managed, call);
      enter(managed, this.world, {}, true);
      return this.sighting(managed);
    });
  }

  /** Ends it and removes what was made for it: entry, cgroup, links, ephemeral volumes; persistent ones where `destroyVolumes`. Logs stay. */
  async destroy(identity: Identity, destroyVolumes: boolean, instance?: string): Promise<void> {
    const managed = this.known(identity, instance);
    if (managed === undefined) return;
    await inTurn(managed, async () => {
      await this.halt(managed);
      const { entry } = managed;
      this.rehome(managed);
      const shared = [...this.all.values()].some((one) => one !== managed && one.entry.home.id === entry.home.id);
      removeVolumes(this.world.project, entry.home, managed.spec, entry.workdir, {
        persistent: destroyVolumes,
        shared,
      });
      this.world.registry.remove(entry.identity);
      this.all.delete(keyOf(entry.identity));
    });
  }

  /** Takes over a process that runs already. It goes into the instance's cgroup where there is one. Throws PJ5305. */
  adopt(call: WorkloadCall & { pid: number }): Promise<Sighting> {
    const target = identify(call.pid);
    const refuse = (reason: string): never => {
      throw new PjError('PJ5305', { pid: call.pid, id: call.identity.id, reason });
    };
    if (target === undefined) return refuse('there is no such process');
    if (call.pid === process.pid || call.pid === 1) return refuse('pj cannot run this one');
    for (const other of this.all.values()) {
      const theirs = other.entry.process;
      if (theirs === null || !isAlive(theirs) || theirs.pid !== call.pid) continue;
      if (keyOf(other.entry.identity) !== keyOf(call.identity)) refuse(`it is ${other.entry.identity.id} already`);
    }
    const managed = this.obtain(call);
    return inTurn(managed, async () => {
      const { entry } = managed;
      if (entry.process?.pid === target.pid && isAlive(entry.process)) return this.sighting(managed);
      if (mayLive(managed, this.world)) refuse(`${entry.identity.id} runs already`);
      const { held, notes } = moveIn(this.world.cgroups, entry.home, managed.spec, target);
      for (const note of notes) this.world.log(`${entry.identity.id}: ${note}`);
      managed.exit = undefined;
      managed.child = undefined;
      const now = this.world.now().toISOString();
      const binary = binaryOf(managed.spec.native?.command ?? '');
      enter(
        managed,
        this.world,
        {
          phase: 'running',
          process: target,
          imported: true,
          wanted: 'running',
          run: randomUUID(),
          held,
          binary,
          startedAt: now,
          token: null,
        },
        true,
      );
      return this.sighting(managed);
    });
  }

  /**
   * Everything in care, checked against the kernel. What the kernel has ended but the agent not yet heard of is waited for, so that an end is
   * always told with its reason.
   */
  async look(ids?: readonly string[]): Promise<Sighting[]> {
    const wanted = ids === undefined ? undefined : new Set(ids);
    const chosen = [...this.all.values()].filter((one) => wanted === undefined || wanted.has(one.entry.identity.id));
    const unheard = ({ entry }: Managed) =>
      entry.phase === 'running' && (entry.process === null || !isAlive(entry.process));
    const late = chosen.filter(unheard);
    for (const managed of late) if (managed.child === undefined) this.ended(managed, managed.entry.token);
    if (late.length > 0) await until(() => !late.some(unheard), HEARSAY);
    return chosen.map((one) => this.sighting(one));
  }

  /** Marked processes of this lineage that no entry accounts for. */
  orphans(lineage: string): Orphan[] {
    return orphansOf(
      lineage,
      [...this.all.values()].map((one) => one.entry),
      this.world.project,
    );
  }

  /** What was asked of the process has come to its end: by the restart policy it is started again, or left. */
  ended(managed: Managed, token: string | null): void {
    void inTurn(managed, async () => {
      if (managed.entry.token !== token || managed.entry.phase !== 'running') return;
      await settle(managed, this.world, {
        relaunch: () => this.restart(managed),
        tidy: () => this.removeGroup(managed),
      });
    }).catch((error: unknown) => this.complain(managed, error));
  }

  /** What waited for its next start when the agent before ended. `counts`: it is one more restart. */
  resumeBackoff(managed: Managed, counts = true): void {
    const due = managed.entry.nextStart === null ? 0 : Date.parse(managed.entry.nextStart) - this.world.now().getTime();
    managed.timer = setTimeout(() => this.restart(managed, counts), Math.max(0, due));
  }

  /** Starts it again by policy, when its pause is over. A start that fails counts as an end, except where a secret is missing. */
  private restart(managed: Managed, counts = true): void {
    const { entry } = managed;
    void inTurn(managed, async () => {
      if (entry.phase !== 'backoff' || entry.wanted !== 'running') return;
      if (counts) entry.restarts += 1;
      try {
        await this.launch(managed, false);
      } catch (error) {
        if (error instanceof PjError && error.code === 'PJ5302') return;
        const policy = restartPolicy(managed.spec);
        if (policy.maxAttempts > 0 && entry.attempts >= policy.maxAttempts) return;
        const attempts = entry.attempts + 1;
        const delay = backoffDelay(policy, attempts, this.world.random);
        const nextStart = new Date(this.world.now().getTime() + delay).toISOString();
        enter(managed, this.world, { phase: 'backoff', attempts, nextStart });
        this.resumeBackoff(managed);
      }
    }).catch((error: unknown) => this.complain(managed, error));
  }

  /** Launches; what fails leaves nothing running and the entry `failed` with the reason. */
  private async launch(managed: Managed, fresh: boolean): Promise<void> {
    try {
      this.rehome(managed);
      await launch(managed, this.world, { fresh }, (token) => this.ended(managed, token));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.complain(managed, error);
      await halt(managed, this.world, { atOnce: true });
      this.removeGroup(managed);
      enter(managed, this.world, { phase: 'failed', process: null, reason, nextStart: null });
      throw error;
    }
  }

  /** What was made under an old id gets the new one, now that nothing runs. */
  private rehome(managed: Managed): void {
    const { entry } = managed;
    if (keyOf(entry.home) === keyOf(entry.identity)) return;
    const shared = [...this.all.values()].some((one) => one !== managed && one.entry.home.id === entry.home.id);
    if (!shared) moveHome(this.world.project, entry, managed.spec);
    enter(managed, this.world, { home: entry.identity }, true);
  }

  private async halt(managed: Managed): Promise<void> {
    const { entry } = managed;
    clearTimeout(managed.timer);
    entry.wanted = 'stopped';
    let { lastExit } = entry;
    if (mayLive(managed, this.world)) {
      enter(managed, this.world, { phase: 'stopping' });
      await halt(managed, this.world, { atOnce: false });
      // The tree is gone as soon as the kernel says so; that the main process has ended, and how, is heard a moment later.
      if (managed.child !== undefined) await until(() => managed.exit !== undefined, 1_000);
      lastExit = managed.exit ?? null;
    }
    managed.child = undefined;
    this.removeGroup(managed);
    const stays = entry.phase === 'completed' || entry.phase === 'created';
    enter(
      managed,
      this.world,
      stays ? {} : { phase: 'stopped', process: null, reason: null, nextStart: null, lastExit },
    );
  }

  private complain(managed: Managed, error: unknown): void {
    this.world.log(`${managed.entry.identity.id}: ${error instanceof Error ? error.message : String(error)}`);
  }

  private removeGroup(managed: Managed): void {
    const group = cgroupOf(this.world.cgroups, managed.entry.home);
    if (!group.exists()) return;
    if (group.remove()) cleanupEmptyParents(this.world.cgroups, cgroupName(managed.entry.home));
    else this.world.log(`${managed.entry.identity.id}: its cgroup ${group.path} is not empty`);
  }

  private adoptSpec(managed: Managed, call: WorkloadCall): void {
    // An imported one may come with templates that nobody has resolved.
    Object.assign(managed, learnBack(call.spec, { environ: {}, cmdline: [] }));
    Object.assign(managed.entry, {
      spec: storable(call.spec, call.stored),
      specDigest: call.specDigest,
      base: call.base,
      workdir: workdirOf(this.world.project, call.spec),
    } satisfies Partial<Entry>);
  }

  private known(identity: Identity, instance?: string): Managed | undefined {
    const byInstance = this.byInstance(identity, instance);
    if (byInstance !== undefined) return byInstance;
    const managed = this.all.get(keyOf(identity));
    return managed?.entry.identity.lineage === identity.lineage ? managed : undefined;
  }

  private byInstance({ lineage }: Identity, instance: string | undefined): Managed | undefined {
    if (instance === undefined) return undefined;
    const there = [...this.all.values()].find((one) => one.entry.instance === instance);
    return there?.entry.identity.lineage === lineage ? there : undefined;
  }

  /** Gives an instance another id. What it runs with keeps the old one until it is started anew. */
  private rename(managed: Managed, identity: Identity): void {
    const before = managed.entry.identity;
    enter(managed, this.world, { identity }, true);
    this.world.registry.remove(before);
    this.all.delete(keyOf(before));
    this.all.set(keyOf(identity), managed);
  }

  /** The instance, made if need be. One of another lineage with the same name is somebody else's: refused. */
  private obtain(call: WorkloadCall): Managed {
    const key = keyOf(call.identity);
    const named = this.byInstance(call.identity, call.instance);
    if (named !== undefined && !this.all.has(key)) this.rename(named, call.identity);
    const there = this.all.get(key);
    if (there !== undefined) {
      if (there.entry.identity.lineage !== call.identity.lineage) {
        const reason = `this folder has a ${key} of another state (lineage ${there.entry.identity.lineage})`;
        throw new PjError('PJ5301', { id: call.identity.id, reason });
      }
      return there;
    }
    const now = this.world.now().toISOString();
    const entry: Entry = {
      version: 1,
      identity: call.identity,
      home: call.identity,
      revision: 0,
      instance: randomUUID(),
      run: null,
      spec: storable(call.spec, call.stored),
      specDigest: call.specDigest,
      base: call.base,
      workdir: workdirOf(this.world.project, call.spec),
      phase: 'created',
      wanted: 'stopped',
      token: null,
      process: null,
      imported: false,
      binary: null,
      held: [],
      restarts: 0,
      attempts: 0,
      lastExit: null,
      reason: null,
      createdAt: now,
      startedAt: null,
      since: now,
      nextStart: null,
    };
    const { spec, missing } = learnBack(call.spec, { environ: {}, cmdline: [] });
    const managed = manage(entry, spec, missing);
    this.all.set(key, managed);
    return managed;
  }

  private sighting(managed: Managed): Sighting {
    return sight(managed.entry, this.world.cgroups, true);
  }
}

/** Marked processes of a lineage whose token no entry carries. */
export function orphansOf(lineage: string, entries: readonly Entry[], project: string): Orphan[] {
  const tokens = new Set(entries.map((entry) => entry.token));
  return scanMarked(`${lineage}/`).flatMap(({ pid, identity, marker }) => {
    const mark = parseMark(marker);
    if (mark === undefined || tokens.has(mark.token)) return [];
    const owner: Identity = { project, lineage: mark.lineage, id: mark.id, generation: mark.generation };
    return [{ identity: owner, pid, startTime: identity.startTime }];
  });
}
