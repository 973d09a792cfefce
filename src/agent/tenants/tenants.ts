import { randomUUID } from 'node:crypto';
import { PjError } from '../../errors.ts';
import type { Identity } from '../../model/record.ts';
import { isAlive } from '../../os/identity.ts';
import type { Calls, TenantCall, TenantSighting } from '../calls.ts';
import { type Inside, keyOf, type TenantEntry } from '../entry.ts';
import { newEntry, stored } from '../instances.ts';
import { learnBack } from '../secrecy.ts';
import { makeVolumes, removeVolumes } from '../volumes.ts';
import { enter, inTurn, type Managed, manage, setSpec, type World } from '../world.ts';
import { Revival } from './revival.ts';
import { hostIn, sightTenant, type Tenant } from './tenant.ts';

/**
 * The applications inside the host JVMs of one project: what is to run in them, so that it comes back when a host was started anew. What they really do their
 * hosts alone can say, and pj asks them for it. Every call is idempotent; calls on one tenant run one after the other.
 */
export class Tenants {
  readonly world: World;
  /** By ID@GENERATION. */
  readonly all = new Map<string, Tenant>();
  private readonly hosts: ReadonlyMap<string, Managed>;
  private readonly revival: Revival;

  /** `hosts`: every process in care, by ID@GENERATION. */
  constructor(world: World, hosts: ReadonlyMap<string, Managed>) {
    this.world = world;
    this.hosts = hosts;
    this.revival = new Revival(world, this.all, hosts);
  }

  /** Takes it into care, or what is new about it, before its host is asked for anything. Throws PJ5301 for one of another lineage, PJ5307, PJ5209. */
  keep(call: TenantCall): Promise<TenantSighting> {
    const tenant = this.obtain(call);
    tenant.regaining?.abort();
    return inTurn(tenant, async () => {
      const { entry } = tenant;
      const { project } = this.world;
      this.adoptSpec(tenant, call);
      makeVolumes(project, entry.home, tenant.spec, undefined);
      const runs = call.wanted === 'running';
      const ran = entry.phase !== 'created';
      enter(
        tenant,
        this.world,
        {
          inside: this.insideOf(call),
          wanted: call.wanted,
          run: call.run ?? (runs ? (entry.run ?? randomUUID()) : entry.run),
          phase: runs ? 'running' : ran ? 'stopped' : 'created',
          reason: null,
          ...(runs ? { startedAt: this.world.now().toISOString() } : {}),
        },
        true,
      );
      // It came without values that its host may still know.
      if (runs && tenant.missing.length > 0) this.revival.remember(call.inside.id);
      return this.sighting(tenant);
    });
  }

  /** Two calls around the host's undeploy: out of care; and what was made for it goes. Null: it is not known. */
  async drop({
    identity,
    instance,
    destroyVolumes,
    done,
  }: Calls['dropTenant']['params']): Promise<TenantSighting | null> {
    const tenant = this.known(identity, instance);
    if (tenant === undefined) return null;
    tenant.regaining?.abort();
    return inTurn(tenant, async () => {
      const { entry } = tenant;
      const inside: Inside = { ...entry.inside, dropping: true };
      if (done !== true) {
        enter(tenant, this.world, { inside, wanted: 'stopped', phase: 'stopping', reason: null }, true);
        return this.sighting(tenant);
      }
      const shared = this.isShared(tenant);
      removeVolumes(this.world.project, entry.home, tenant.spec, { persistent: destroyVolumes, shared });
      this.world.registry.remove(entry);
      this.all.delete(keyOf(entry.identity));
      return this.sighting(tenant);
    });
  }

  /** Takes it out of care: it runs on in its host and is not brought back. False: it is not known. */
  async release(identity: Identity, instance?: string): Promise<boolean> {
    const tenant = this.known(identity, instance);
    if (tenant === undefined) return false;
    tenant.regaining?.abort();
    await inTurn(tenant, async () => {
      this.world.registry.remove(tenant.entry);
      this.all.delete(keyOf(tenant.entry.identity));
      this.world.log(`${tenant.entry.identity.id}: released; what runs of it in ${tenant.entry.inside.id} runs on`);
    });
    return true;
  }

  look(ids?: readonly string[]): TenantSighting[] {
    const wanted = ids === undefined ? undefined : new Set(ids);
    return [...this.all.values()]
      .filter(({ entry }) => wanted === undefined || wanted.has(entry.identity.id))
      .map((tenant) => this.sighting(tenant));
  }

  /** A host has been started: what is to run in it is brought back. */
  hostStarted(host: Managed): void {
    this.revival.begin(host);
  }

  /** Takes back what an agent before this one had in its care; what it was about to bring back is brought back. */
  recover(): void {
    const { entries, broken, copied } = this.world.registry.loadTenants();
    for (const { path, reason } of broken) this.world.log(`${path} cannot be read and is left alone: ${reason}`);
    for (const { identity, dir } of copied)
      this.world.log(`${identity.id}: runs for ${dir}, which this folder is a copy of; it is left alone`);
    for (const entry of entries) {
      const { spec, missing } = learnBack(entry.spec, { environ: {}, cmdline: [] });
      this.all.set(keyOf(entry.identity), manage(entry, spec, missing) as Tenant);
    }
    for (const id of new Set(entries.map(({ inside }) => inside.id))) this.revival.resume(id);
  }

  private known(identity: Identity, instance?: string): Tenant | undefined {
    const byInstance = [...this.all.values()].find((one) => one.entry.instance === instance);
    const tenant = byInstance ?? this.all.get(keyOf(identity));
    return tenant?.entry.identity.lineage === identity.lineage ? tenant : undefined;
  }

  private obtain(call: TenantCall): Tenant {
    const key = keyOf(call.identity);
    const named = call.instance === undefined ? undefined : this.known(call.identity, call.instance);
    if (named !== undefined && !this.all.has(key)) this.rename(named, call.identity);
    const there = this.all.get(key);
    if (there !== undefined) {
      if (there.entry.identity.lineage === call.identity.lineage) return there;
      const reason = `this folder has a ${key} of another state (lineage ${there.entry.identity.lineage})`;
      throw new PjError('PJ5301', { id: call.identity.id, reason });
    }
    const entry: TenantEntry = { ...newEntry(call, this.world), inside: this.insideOf(call) };
    const { spec, missing } = learnBack(call.spec, { environ: {}, cmdline: [] });
    const tenant = manage(entry, spec, missing) as Tenant;
    this.all.set(key, tenant);
    return tenant;
  }

  /** Its host knows it by the old name (`home`) on. */
  private rename(tenant: Tenant, identity: Identity): void {
    const { identity: before, inside } = tenant.entry;
    enter(tenant, this.world, { identity }, true);
    this.world.registry.remove({ identity: before, inside });
    this.all.delete(keyOf(before));
    this.all.set(keyOf(identity), tenant);
  }

  /** The very spec that it has comes without its values when it is only to be stopped: those that are known stay. */
  private adoptSpec(tenant: Tenant, call: TenantCall): void {
    const { entry } = tenant;
    const { spec, missing } = learnBack(call.spec, { environ: {}, cmdline: [] });
    const kept = stored(call);
    const same = entry.specDigest === call.specDigest && JSON.stringify(entry.spec) === JSON.stringify(kept.spec);
    Object.assign(entry, { ...kept, specDigest: call.specDigest, base: call.base });
    if (!same || missing.length <= tenant.missing.length) setSpec(tenant, spec, missing);
  }

  private insideOf({ inside, after }: TenantCall): Inside {
    const host = hostIn(this.hosts, inside.id);
    return {
      id: inside.id,
      generation: inside.generation ?? host?.entry.identity.generation ?? null,
      instance: host?.entry.instance ?? null,
      after,
      dropping: false,
    };
  }

  /** Another instance of the same workload is there, as a tenant or as a process. */
  private isShared(tenant: Tenant): boolean {
    const { id } = tenant.entry.home;
    return [...this.all.values(), ...this.hosts.values()].some((one) => one !== tenant && one.entry.home.id === id);
  }

  private sighting({ entry }: Tenant): TenantSighting {
    const host = hostIn(this.hosts, entry.inside.id);
    const down = host !== undefined && (host.entry.process === null || !isAlive(host.entry.process));
    const comes = down && host.entry.wanted === 'running' && host.entry.phase !== 'failed';
    return sightTenant(entry, this.world.project, comes, true);
  }
}
