import { randomUUID } from 'node:crypto';
import { PjError } from '../errors.ts';
import type { Identity } from '../model/record.ts';
import { restartPolicy } from '../model/spec.ts';
import { isAlive } from '../os/identity.ts';
import { scanMarked } from '../os/process.ts';
import { backoffDelay } from './backoff.ts';
import { bringDown, bringUp, complain, rehome, removeGroup } from './bring-up.ts';
import type { Orphan, Sighting, WorkloadCall } from './calls.ts';
import { type Entry, isActive, isOf, keyOf, parseMark } from './entry.ts';
import { halt, mayLive } from './halt.ts';
import { Instances } from './instances.ts';
import { applyLimits, cgroupOf } from './limits.ts';
import { dropDead, release } from './release.ts';
import { settle, tellGivenUp } from './settle.ts';
import { sight } from './sighting.ts';
import { mayTake, takeOver } from './take-over.ts';
import { isHost } from './tenants/tenant.ts';
import { Tenants } from './tenants/tenants.ts';
import { makeVolumes, removeLinks, removeVolumes } from './volumes.ts';
import { enter, inTurn, LONGEST, type Managed, until, type World } from './world.ts';

/** How long the news of a process's end may take from the kernel to the registry. ms */
const HEARSAY = 2_000;

/** The workloads of one project, and what can be done to them. Every call is idempotent; calls on one instance run one after the other. */
export class Supervisor {
  readonly world: World;
  /** What runs inside those of its processes that are host JVMs. */
  readonly tenants: Tenants;
  private readonly instances: Instances;

  constructor(world: World) {
    this.world = world;
    this.instances = new Instances(world);
    this.tenants = new Tenants(world, this.instances);
  }

  /** By ID@GENERATION. */
  get all(): Map<string, Managed> {
    return this.instances.all;
  }

  /** Keys of what there is something to do for. */
  active(): string[] {
    return [...this.all.values()].filter((one) => isActive(one.entry)).map((one) => keyOf(one.entry.identity));
  }

  /** Makes the instance known: entry and volumes. Of one that is there already it takes the spec, which a half-made replacement may have left old. */
  create(call: WorkloadCall): Promise<Sighting> {
    const managed = this.instances.obtain(call);
    return inTurn(managed, async () => {
      if (!isActive(managed.entry)) this.adoptSpec(managed, call);
      makeVolumes(this.world.project, managed.entry.home, managed.spec, undefined);
      enter(managed, this.world, {}, true);
      return this.sighting(managed);
    });
  }

  /**
   * Starts it; what runs already with this spec is left as it is, and so is what came of a start of that `run`: a job whose end the client did not
   * hear of is not run twice. Throws PJ53xx, and then it is `failed`.
   */
  start(call: WorkloadCall & { run?: string }): Promise<Sighting> {
    const managed = this.instances.obtain(call);
    managed.regaining?.abort();
    return inTurn(managed, async () => {
      const { entry } = managed;
      const again = call.run !== undefined && entry.run === call.run && entry.wanted === 'running';
      if (again && (entry.phase === 'running' || entry.lastExit !== null)) {
        this.instances.adoptSpec(managed, call);
        return this.sighting(managed);
      }
      clearTimeout(managed.timer);
      if (entry.phase === 'running' && entry.process !== null && isAlive(entry.process)) {
        if (entry.specDigest === call.specDigest) {
          // It may have been restarted since the secrets were last known.
          this.instances.adoptSpec(managed, call);
          entry.wanted = 'running';
          return this.sighting(managed);
        }
        await halt(managed, this.world, { atOnce: false });
      } else if (mayLive(managed, this.world)) {
        // What an earlier run left behind must not run beside the new one.
        await halt(managed, this.world, { atOnce: true });
      }
      this.adoptSpec(managed, call);
      const run = call.run ?? randomUUID();
      Object.assign(entry, { wanted: 'running', run, restarts: 0, attempts: 0, lastExit: null });
      await this.bringUp(managed, true);
      return this.sighting(managed);
    });
  }

  /** Ends its whole tree and remembers that it is to stay so. Null: not known, so nothing of it runs. Throws PJ5303. */
  async stop(identity: Identity, instance?: string, atOnce = false): Promise<Sighting | null> {
    const managed = this.instances.known(identity, instance);
    if (managed === undefined) return null;
    managed.regaining?.abort();
    return inTurn(managed, async () => {
      await bringDown(managed, this.world, atOnce);
      return this.sighting(managed);
    });
  }

  /** Takes a new spec. What runs gets its limits at once; the rest holds from the next start. Throws PJ5306 and keeps the old spec. */
  update(call: WorkloadCall): Promise<Sighting> {
    const managed = this.instances.obtain(call);
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
    const managed = this.instances.known(identity, instance);
    if (managed === undefined) return;
    managed.regaining?.abort();
    await inTurn(managed, async () => {
      await bringDown(managed, this.world);
      if (isHost(managed.entry)) await this.tenants.hostGone(managed);
      const shared = this.instances.shares(managed);
      rehome(managed, this.world, { shared, taken: this.instances.isTaken(managed.entry.identity.id) });
      const { home, identity } = managed.entry;
      removeVolumes(this.world.project, home, managed.spec, { persistent: destroyVolumes, shared });
      this.world.registry.remove(managed.entry);
      this.all.delete(keyOf(identity));
    });
  }

  /**
   * Takes it out of care: what runs of it runs on and is not started again; a pause before a restart has no end. False: it is not known. Throws
   * PJ5209, and then it still is in care.
   */
  async release(identity: Identity, instance?: string): Promise<boolean> {
    const managed = this.instances.known(identity, instance);
    if (managed === undefined) return false;
    managed.regaining?.abort();
    await inTurn(managed, async () => {
      const { entry } = managed;
      const runsOn = release(entry, this.world);
      clearTimeout(managed.timer);
      // Its end is nobody's business any more.
      managed.child = undefined;
      this.all.delete(keyOf(entry.identity));
      if (isHost(entry)) this.tenants.hostReleased(managed);
      if (runsOn) this.instances.released.push(entry);
      this.world.log(`${entry.identity.id}: released${runsOn ? '; it runs on' : ''}`);
    });
    return true;
  }

  /** What was released while it ran, as an agent before this one left it. What has ended since is dropped. */
  recallReleased(): void {
    const inCare = new Set([...this.all.values()].map((one) => one.entry.instance));
    const released = this.world.registry.released();
    // Taken back in the very moment in which the agent before ended.
    for (const one of released) if (inCare.has(one.instance)) this.world.registry.drop(one);
    this.instances.released = dropDead(
      released.filter((one) => !inCare.has(one.instance)),
      this.world,
    );
  }

  /** Takes over a process that runs already. Throws PJ5305. */
  adopt(call: WorkloadCall & { pid: number }): Promise<Sighting> {
    const released = this.instances.releasedAs(call.pid);
    if (released !== undefined) return Promise.resolve(this.sighting(this.instances.reclaim(released, call)));
    const target = mayTake(call, this.all.values());
    const managed = this.instances.obtain(call);
    return inTurn(managed, async () => {
      takeOver(managed, this.world, target);
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
    for (;;) {
      const late = chosen.filter(unheard);
      for (const managed of late) if (managed.child === undefined) this.ended(managed, managed.entry.token);
      const heard = late.length === 0 || (await until(() => !late.some(unheard), HEARSAY));
      const sightings = chosen.map((one) => this.sighting(one));
      // One may have ended since it was looked at above.
      if (!heard || !chosen.some(unheard)) return sightings;
    }
  }

  /** Marked processes of this lineage that no entry accounts for. */
  orphans(lineage: string): Orphan[] {
    const entries = [...[...this.all.values()].map((one) => one.entry), ...this.instances.released];
    return orphansOf({ lineage, project: this.world.project, place: this.world.place }, entries);
  }

  /** What was asked of the process has come to its end: by the restart policy it is started again, or left. */
  ended(managed: Managed, token: string | null): void {
    void inTurn(managed, async () => {
      if (managed.entry.token !== token || managed.entry.phase !== 'running') return;
      await settle(managed, this.world, {
        relaunch: () => this.restart(managed),
        tidy: () => removeGroup(managed, this.world),
      });
    }).catch((error: unknown) => complain(managed, this.world, error));
  }

  /** What waited for its next start when the agent before ended. `counts`: it is one more restart. */
  resumeBackoff(managed: Managed, counts = true): void {
    const due = managed.entry.nextStart === null ? 0 : Date.parse(managed.entry.nextStart) - this.world.now().getTime();
    // A clock that was set back must not make it wait longer than its policy says.
    const longest = Math.min(restartPolicy(managed.spec).maxDelay * 1000, LONGEST);
    managed.timer = setTimeout(() => this.restart(managed, counts), Math.max(0, Math.min(due, longest)));
  }

  /** Starts it again by policy, when its pause is over. A start that fails counts as an end, except where a secret cannot be had. */
  private restart(managed: Managed, counts = true): void {
    const { entry } = managed;
    void inTurn(managed, async () => {
      if (entry.phase !== 'backoff' || entry.wanted !== 'running') return;
      if (counts) entry.restarts += 1;
      try {
        await this.bringUp(managed, false);
      } catch (error) {
        // It was none after all.
        if (counts) entry.restarts -= 1;
        enter(managed, this.world, {});
        const why = managed.redact(error instanceof Error ? error.message : String(error));
        const giveUp = () =>
          tellGivenUp(entry.identity.id, this.world, `it was not started again: ${why}`, entry.attempts);
        if (error instanceof PjError && (error.code === 'PJ5302' || error.code === 'PJ5308')) return giveUp();
        const policy = restartPolicy(managed.spec);
        if (policy.policy === 'no' || (policy.maxAttempts > 0 && entry.attempts >= policy.maxAttempts)) return giveUp();
        const attempts = entry.attempts + 1;
        const delay = backoffDelay(policy, attempts, this.world.random);
        const nextStart = new Date(this.world.now().getTime() + delay).toISOString();
        enter(managed, this.world, { phase: 'backoff', attempts, nextStart });
        this.resumeBackoff(managed);
        return;
      }
      if (counts && isAt(entry, 'running')) this.tellRestarted(entry);
    }).catch((error: unknown) => complain(managed, this.world, error));
  }

  private tellRestarted({ identity, restarts, attempts }: Entry): void {
    this.world.tell?.({
      ...{ type: 'workload_restarted', severity: 'warning', workload: identity.id },
      message: `it was started again by its restart policy (attempt ${attempts})`,
      data: { restarts, attempt: attempts },
    });
  }

  private async bringUp(managed: Managed, fresh: boolean): Promise<void> {
    const taken = this.instances.isTaken(managed.entry.identity.id);
    const how = { fresh, shared: this.instances.shares(managed), taken };
    const host = isHost(managed.entry);
    if (host) this.tenants.hostStarts(managed);
    const up = await bringUp(managed, this.world, how, (token) => this.ended(managed, token));
    if (host && up) this.tenants.revive(managed);
  }

  /** The old spec may have had other links than the new one: nothing would know of them any more. */
  private adoptSpec(managed: Managed, call: WorkloadCall): void {
    const { entry } = managed;
    if (!isActive(entry) && !this.instances.shares(managed)) {
      removeLinks(this.world.project, entry.home, managed.spec);
    }
    this.instances.adoptSpec(managed, call);
  }

  private sighting(managed: Managed): Sighting {
    return sight(managed.entry, this.world.cgroups, true);
  }
}

/** A start changes the phase behind the compiler's back. */
const isAt = ({ phase }: Entry, wanted: Entry['phase']): boolean => phase === wanted;

/** Marked processes of a lineage, made in this folder, whose token no entry carries, in care or released. */
export function orphansOf(
  { lineage, project, place }: { lineage: string; project: string; place: string },
  entries: readonly Entry[],
): Orphan[] {
  const tokens = new Set(entries.map((entry) => entry.token));
  const places = new Set([place, ...entries.map((entry) => entry.home.place)]);
  return scanMarked(`${lineage}/`).flatMap(({ pid, identity, marker }) => {
    const mark = parseMark(marker);
    if (mark === undefined || tokens.has(mark.token) || ![...places].some((one) => isOf(mark.token, one))) return [];
    const owner: Identity = { project, lineage: mark.lineage, id: mark.id, generation: mark.generation };
    return [{ identity: owner, pid, startTime: identity.startTime }];
  });
}
