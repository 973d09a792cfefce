import { randomUUID } from 'node:crypto';
import { PjError } from '../errors.ts';
import type { Identity } from '../model/record.ts';
import { isAlive } from '../os/identity.ts';
import type { WorkloadCall } from './calls.ts';
import { type Entry, keyOf } from './entry.ts';
import { moveIn } from './move-in.ts';
import { dropDead, livesOf } from './release.ts';
import { learnBack, storable } from './secrecy.ts';
import { enter, type Managed, manage, setSpec, type World } from './world.ts';

/** The instances in care, and how calls name them. */
export class Instances {
  readonly world: World;
  readonly all = new Map<string, Managed>();
  /** What was taken out of care while it ran. */
  released: Entry[] = [];
  /** What is in care in another way and may have the same ids. */
  neighbours: () => Iterable<Managed> = () => [];

  constructor(world: World) {
    this.world = world;
  }

  /** By instance, else by id and generation; one of another lineage is not known. */
  known(identity: Identity, instance?: string): Managed | undefined {
    const byInstance = this.byInstance(identity, instance);
    if (byInstance !== undefined) return byInstance;
    const managed = this.all.get(keyOf(identity));
    return managed?.entry.identity.lineage === identity.lineage ? managed : undefined;
  }

  /**
   * The instance, made if need be and renamed where the call has another name for it. Throws PJ5301 for one of another lineage with that name,
   * PJ5310 while a released one of that id still runs: logs, volumes and cgroup are named after the id.
   */
  obtain(call: WorkloadCall): Managed {
    const key = keyOf(call.identity);
    const { id } = call.identity;
    if (!this.all.has(key) && this.isTaken(id)) {
      const pid = this.released.filter((one) => one.home.id === id).flatMap((one) => livesOf(one, this.world))[0];
      throw new PjError('PJ5310', { id, pid: pid ?? '?' });
    }
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
    const entry = this.newEntry(call);
    const { spec, missing } = learnBack(call.spec, { environ: {}, cmdline: [] });
    const managed = manage(entry, spec, missing);
    this.all.set(key, managed);
    return managed;
  }

  /** A released instance by its first process. */
  releasedAs(pid: number): Entry | undefined {
    return this.released.find(({ process }) => process?.pid === pid && isAlive(process));
  }

  /** Takes a released instance that still runs into care again, under the name and with the spec of the call. Throws PJ5305, PJ5209. */
  reclaim(released: Entry, call: WorkloadCall): Managed {
    const { id } = call.identity;
    const { process } = released;
    if (process === null || this.all.has(keyOf(call.identity))) {
      const reason = process === null ? 'it does not run' : `there is a ${id} already`;
      throw new PjError('PJ5305', { pid: process?.pid ?? '?', id, reason });
    }
    const { spec, missing } = learnBack(call.spec, { environ: {}, cmdline: [] });
    const { held, notes } = moveIn(this.world.cgroups, released.home, spec, process);
    for (const note of notes) this.world.log(`${id}: ${note}`);
    const { specDigest, base, identity } = call;
    const entry: Entry = { ...released, ...stored(call), identity, specDigest, base, held };
    const managed = manage(entry, spec, missing);
    managed.seen = true;
    enter(managed, this.world, { phase: 'running', wanted: 'running', run: randomUUID(), reason: null }, true);
    this.world.registry.drop(released);
    this.released = this.released.filter((one) => one !== released);
    this.all.set(keyOf(identity), managed);
    return managed;
  }

  /** A released instance still runs under this id. */
  isTaken(id: string): boolean {
    if (!this.released.some((one) => one.home.id === id)) return false;
    this.released = dropDead(this.released, this.world);
    return this.released.some((one) => one.home.id === id);
  }

  /** Takes the spec of a call, which holds from the next start on. An imported one may come with templates that nobody has resolved. */
  adoptSpec(managed: Managed, call: WorkloadCall): void {
    const { specDigest, base } = call;
    Object.assign(managed.entry, { ...stored(call), specDigest, base } satisfies Partial<Entry>);
    const { spec, missing } = learnBack(call.spec, { environ: {}, cmdline: [] });
    setSpec(managed, spec, missing);
  }

  /** Another instance of the same workload is there. */
  shares(managed: Managed): boolean {
    return [...this.all.values(), ...this.neighbours()].some(
      (one) => one !== managed && one.entry.home.id === managed.entry.home.id,
    );
  }

  private byInstance({ lineage }: Identity, instance: string | undefined): Managed | undefined {
    if (instance === undefined) return undefined;
    const there = [...this.all.values()].find((one) => one.entry.instance === instance);
    return there?.entry.identity.lineage === lineage ? there : undefined;
  }

  /** Gives an instance another id. What it runs with keeps the old one until it is started anew. */
  private rename(managed: Managed, identity: Identity): void {
    const { identity: before, inside } = managed.entry;
    enter(managed, this.world, { identity }, true);
    this.world.registry.remove({ identity: before, ...(inside === undefined ? {} : { inside }) });
    this.all.delete(keyOf(before));
    this.all.set(keyOf(identity), managed);
  }

  protected newEntry(call: WorkloadCall): Entry {
    const { project, place } = this.world;
    const now = this.world.now().toISOString();
    return {
      version: 1,
      identity: call.identity,
      home: { ...call.identity, place },
      dir: project,
      revision: 0,
      instance: randomUUID(),
      run: null,
      ...stored(call),
      specDigest: call.specDigest,
      base: call.base,
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
  }
}

/** What may be written down of a call's spec. */
function stored(call: WorkloadCall): Pick<Entry, 'spec' | 'origin'> {
  return { spec: storable(call.spec, call.stored), origin: call.origin ?? null };
}
