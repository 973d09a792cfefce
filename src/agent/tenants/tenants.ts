import { randomUUID } from 'node:crypto';
import { type Hosts, openHosts } from '../../jvm/hosts.ts';
import type { Json } from '../../model/json.ts';
import type { Identity } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';
import { complain, rehome } from '../bring-up.ts';
import type { TenantCall, TenantSighting } from '../calls.ts';
import { crashPoint } from '../crash.ts';
import { type Entry, type Inside, keyOf, REBOOTED, type TenantEntry } from '../entry.ts';
import type { Instances } from '../instances.ts';
import { learnBack } from '../secrecy.ts';
import { makeVolumes, removeVolumes } from '../volumes.ts';
import { enter, inTurn, type Managed, manage, type World } from '../world.ts';
import { follow } from './follow.ts';
import { TenantInstances } from './instances.ts';
import { fillIn, type KnownValues, valuesIn } from './known-values.ts';
import { recall } from './recall.ts';
import { Revival } from './revival.ts';
import { hostOf, isHost, isToRun, isUp, sightTenant, socketIn, type Tenant } from './tenant.ts';

/**
 * The applications inside host JVMs ("tenants") of one project. What is kept of each is the intent: pj itself asks its host for what it wants, and the agent
 * does so again whenever that host was started anew. Every call is idempotent; calls on one tenant run one after the other.
 */
export class Tenants {
  readonly world: World;
  /** Connections to the hosts. */
  readonly links: Hosts = openHosts();
  private readonly instances: TenantInstances;
  private readonly processes: Instances;
  /** By the host's instance. */
  private readonly revivals = new Map<string, Revival>();
  /** Of the last two specs of each, by its instance: a caller that stops it, or takes a change back, knows digests alone. */
  private readonly values = new Map<string, KnownValues>();

  constructor(world: World, processes: Instances) {
    this.world = world;
    this.processes = processes;
    this.instances = new TenantInstances(world, processes, (call) => this.insideOf(call));
    // Logs and persistent volumes go by the id: what runs as a process and what runs in a JVM may share them.
    this.instances.neighbours = () => processes.all.values();
    processes.neighbours = () => this.instances.all.values();
  }

  /** In care now. */
  get all(): Tenant[] {
    return [...this.instances.all.values()] as Tenant[];
  }

  /** It is in care still, as this very object. */
  has(tenant: Tenant): boolean {
    return this.instances.all.get(keyOf(tenant.entry.identity)) === tenant;
  }

  /** The processes in care that are host JVMs. */
  hosts(): Managed[] {
    return [...this.processes.all.values()].filter(({ entry }) => isHost(entry));
  }

  hostOf({ entry }: Tenant): Managed | undefined {
    return hostOf(entry.identity.lineage, entry.inside, this.hosts());
  }

  inside(host: Managed): Tenant[] {
    return this.all.filter((tenant) => this.hostOf(tenant) === host);
  }

  shares(tenant: Tenant): boolean {
    return this.instances.shares(tenant);
  }

  isTaken(id: string): boolean {
    return this.instances.isTaken(id);
  }

  isReviving(host: Managed): boolean {
    return this.revivals.has(host.entry.instance);
  }

  /** Takes it into care, or what is new about it. Throws PJ5209, PJ5301 for one of another lineage, PJ5307, PJ5310. */
  keep(call: TenantCall): Promise<TenantSighting> {
    const tenant = this.instances.obtain(call) as Tenant;
    tenant.regaining?.abort();
    return inTurn(tenant, async () => {
      this.adoptSpec(tenant, call);
      makeVolumes(this.world.project, tenant.entry.home, tenant.spec, undefined);
      enter(
        tenant,
        this.world,
        { ...this.intentOf(tenant.entry, call), inside: this.insideOf(call, tenant.entry) },
        true,
      );
      if (call.wanted === 'running' && tenant.missing.length > 0) this.remember(tenant);
      return this.sighting(tenant);
    });
  }

  /** See dropTenant in calls.ts. Throws PJ5209. */
  async drop(of: {
    identity: Identity;
    instance?: string;
    destroyVolumes: boolean;
    done?: boolean;
  }): Promise<TenantSighting | null> {
    const tenant = this.instances.known(of.identity, of.instance) as Tenant | undefined;
    if (tenant === undefined) return null;
    tenant.regaining?.abort();
    return inTurn(tenant, async () => {
      const inside = { ...tenant.entry.inside, dropping: true };
      const change: Partial<Entry> = { phase: 'stopping', wanted: 'stopped', nextStart: null, reason: null, inside };
      if (!tenant.entry.inside.dropping) enter(tenant, this.world, change, true);
      if (of.done === true) this.forget(tenant, of.destroyVolumes);
      return this.sighting(tenant);
    });
  }

  /** What runs of it runs on in its host, as long as that does. False: it is not known. */
  async release(identity: Identity, instance?: string): Promise<boolean> {
    const tenant = this.instances.known(identity, instance) as Tenant | undefined;
    if (tenant === undefined) return false;
    tenant.regaining?.abort();
    await inTurn(tenant, async () => {
      this.leave(tenant);
      this.world.log(`${tenant.entry.identity.id}: released; its JVM runs it on and nobody brings it back`);
    });
    return true;
  }

  look(ids?: readonly string[]): TenantSighting[] {
    const wanted = ids === undefined ? undefined : new Set(ids);
    const chosen = this.all.filter(({ entry }) => wanted === undefined || wanted.has(entry.identity.id));
    return chosen.map((tenant) => this.sighting(tenant));
  }

  /** Takes back what an agent before this one had in its care. Call before anything is started. */
  async recover(): Promise<void> {
    const { entries, broken, copied } = this.world.registry.loadTenants();
    for (const { path, reason } of broken) this.world.log(`${path} cannot be read and is left alone: ${reason}`);
    for (const { identity, dir } of copied)
      this.world.log(`${identity.id}: runs for ${dir}, which this folder is a copy of; it is left alone`);
    for (const entry of entries) {
      const { spec, missing } = learnBack(entry.spec, { environ: {}, cmdline: [] });
      this.instances.all.set(keyOf(entry.identity), manage(entry, spec, missing));
    }
  }

  /** What ran in a host before a reboot is started by whoever brings everything up in order, and not with its host. */
  stoppedByReboot(): void {
    for (const tenant of this.all)
      if (isToRun(tenant.entry) && !this.hosts().some(isUp))
        enter(tenant, this.world, { phase: 'stopped', wanted: 'stopped', reason: REBOOTED, nextStart: null });
  }

  /** What the hosts that live still know, and what is missing in them. Does not wait. */
  resume(): void {
    for (const host of this.hosts()) if (isUp(host)) this.revive(host);
  }

  /** A host is about to be started: what was in it is to come back. Nothing of it runs in this moment, so that what was renamed gets its new name now. */
  hostStarts(host: Managed): void {
    this.revivals.get(host.entry.instance)?.abort();
    for (const tenant of this.inside(host)) {
      this.rehome(tenant);
      if (isToRun(tenant.entry))
        enter(tenant, this.world, { phase: 'starting', reason: null, nextStart: null, attempts: 0 });
    }
  }

  /** Brings back what belongs into a host that runs and is not there. Does not wait. */
  revive(host: Managed): void {
    const { instance } = host.entry;
    this.revivals.get(instance)?.abort();
    if (this.inside(host).length === 0) return;
    const revival = new Revival(this, host);
    this.revivals.set(instance, revival);
    void revival.run().finally(() => {
      if (this.revivals.get(instance) === revival) this.revivals.delete(instance);
    });
  }

  /**
   * A host was destroyed. Its tenants run nowhere, but their data is theirs: those that are being dropped go, with their ephemeral volumes; the others are kept for
   * another host of that id, as when it is replaced.
   */
  async hostGone(host: Managed): Promise<void> {
    this.revivals.get(host.entry.instance)?.abort();
    for (const tenant of this.inside(host)) {
      tenant.regaining?.abort();
      await inTurn(tenant, async () => {
        if (!this.has(tenant)) return;
        const { inside } = tenant.entry;
        if (inside.dropping) this.forget(tenant, false);
        else enter(tenant, this.world, { inside: { ...inside, instance: null } }, true);
      });
    }
  }

  /** Nobody brings anything back into it any more. */
  hostReleased(host: Managed): void {
    this.revivals.get(host.entry.instance)?.abort();
  }

  /** Asks the living hosts which of their applications have ended for good: those too whose others are being brought back, as they may wait for a job to be done. */
  async follow(): Promise<void> {
    const hosts = this.hosts().filter(isUp);
    await Promise.all(hosts.map((host) => follow(this, host)));
  }

  /** What came without values that its host may still know, as the agent that knew them was killed. Does not wait. */
  private remember(tenant: Tenant): void {
    const host = this.hostOf(tenant);
    const socket = host === undefined || !isUp(host) || this.isReviving(host) ? undefined : socketIn(host.entry);
    if (host === undefined || socket === undefined) return;
    const link = this.links.at(socket, host.entry.identity.id);
    void recall([tenant], this.world, link).catch((error: unknown) => complain(tenant, this.world, error));
  }

  sighting(tenant: Tenant): TenantSighting {
    return sightTenant(this.world.project, tenant.entry, this.hostOf(tenant), true);
  }

  private insideOf({ identity, inside: { id, generation }, after }: TenantCall, before?: TenantEntry): Inside {
    const inside: Inside = { id, generation: generation ?? null, instance: null, after, dropping: false };
    const find = (place: Inside) => hostOf(identity.lineage, place, this.hosts());
    // A host that was renamed may not have its new name here yet.
    const host = find(inside) ?? (before === undefined ? undefined : find(before.inside));
    return { ...inside, instance: host?.entry.instance ?? null };
  }

  private intentOf(entry: TenantEntry, { wanted, run }: TenantCall): Partial<Entry> {
    const { phase } = entry;
    if (wanted === 'stopped') {
      const stays = phase === 'created' || phase === 'completed' || phase === 'stopped';
      return { wanted, ...(stays ? {} : { phase: 'stopped' }), reason: null, nextStart: null };
    }
    const name = run ?? entry.run ?? randomUUID();
    if (name === entry.run && entry.wanted === 'running') return {};
    return {
      wanted,
      run: name,
      phase: 'running',
      startedAt: this.world.now().toISOString(),
      restarts: 0,
      attempts: 0,
      lastExit: null,
      reason: null,
      nextStart: null,
    };
  }

  private adoptSpec(tenant: Tenant, call: TenantCall): void {
    const { instance } = tenant.entry;
    const before = valuesIn(tenant.entry.spec, tenant.spec);
    const known = new Map<string, Json>([...(this.values.get(instance) ?? []), ...before]);
    const spec: Spec = fillIn(call.spec, known);
    this.instances.adoptSpec(tenant, { ...call, spec });
    const after = valuesIn(tenant.entry.spec, tenant.spec);
    this.values.set(instance, new Map([...before, ...after]));
  }

  /** Nothing of it runs: what was made for it goes, its entry last. */
  private forget(tenant: Tenant, destroyVolumes: boolean): void {
    const shared = this.shares(tenant);
    rehome(tenant, this.world, { shared, taken: this.isTaken(tenant.entry.identity.id) });
    crashPoint('tenant:before-volumes');
    removeVolumes(this.world.project, tenant.entry.home, tenant.spec, { persistent: destroyVolumes, shared });
    crashPoint('tenant:after-volumes');
    this.leave(tenant);
  }

  /** What cannot be moved stays where it is, under the old name. */
  private rehome(tenant: Tenant): void {
    try {
      const taken = this.isTaken(tenant.entry.identity.id);
      rehome(tenant, this.world, { shared: this.shares(tenant), taken });
    } catch (error) {
      complain(tenant, this.world, error);
    }
  }

  private leave(tenant: Tenant): void {
    const { entry } = tenant;
    this.world.registry.remove(entry);
    this.instances.all.delete(keyOf(entry.identity));
    this.values.delete(entry.instance);
  }
}
