import { setTimeout as sleep } from 'node:timers/promises';
import { appCallOf } from '../../jvm/app-call.ts';
import { type HostLink, openHosts } from '../../jvm/hosts.ts';
import { SOCKET_VARIABLE } from '../../jvm/place.ts';
import type { AppCall } from '../../jvm/protocol.ts';
import { isAlive } from '../../os/identity.ts';
import { complain, withoutSecrets } from '../bring-up.ts';
import { crashPoint } from '../crash.ts';
import { logFiles } from '../log-files.ts';
import { checkedBy, regain } from '../regain.ts';
import { learnBack, missingForStart, notAvailable } from '../secrecy.ts';
import { enter, inTurn, type Managed, setSpec, type World } from '../world.ts';
import { hostIn, type Tenant, volumesOf } from './tenant.ts';

/** Seconds that a host which was just started may take until it listens. */
const PATIENCE = 60;
/** How long those that a tenant depends on are waited for; then it is started all the same, as it may do without them. ms */
const LONGEST_WAIT = 60_000;
/** How long a living host may take to tell what it runs. Seconds. */
const RECALL = 10;

/**
 * Brings tenants back into hosts that were started anew, each after those that it depends on. pj may do the same at the same time: a host knows an
 * application by its key, instance, digest and run, and does nothing twice.
 */
export class Revival {
  private readonly world: World;
  private readonly tenants: ReadonlyMap<string, Tenant>;
  private readonly hosts: ReadonlyMap<string, Managed>;
  private readonly links = openHosts();
  /** What is being brought back. */
  private readonly under = new Map<Tenant, Promise<void>>();
  private readonly remembering = new Map<string, Promise<void>>();

  constructor(world: World, tenants: ReadonlyMap<string, Tenant>, hosts: ReadonlyMap<string, Managed>) {
    this.world = world;
    this.tenants = tenants;
    this.hosts = hosts;
  }

  /** Everything that is to run in this host. */
  begin(host: Managed): void {
    this.bring(host, this.inside(host.entry.identity.id));
  }

  /** An agent before this one has died: a living host is asked what it has, and what it has not is brought back. A dead one is started anew, or stays down. */
  resume(id: string): void {
    const host = hostIn(this.hosts, id);
    if (host === undefined || !lives(host)) return;
    this.remember(id);
    void this.link(host)
      ?.list({ timeout: RECALL, patience: PATIENCE })
      .then(({ apps }) => {
        const there = new Set(apps.map(({ instance }) => instance));
        const lost = this.inside(id).filter(({ entry }) => entry.phase === 'starting' || !there.has(entry.instance));
        this.bring(host, lost);
      })
      .catch((error: unknown) => complain(host, this.world, error));
  }

  /** Learns from a living host what its applications were started with: sensitive values are kept nowhere else. */
  remember(id: string): void {
    const host = hostIn(this.hosts, id);
    const link = host === undefined || !lives(host) ? undefined : this.link(host);
    if (link === undefined || this.remembering.has(id)) return;
    const work = this.recall(link).catch((error: unknown) => {
      if (host !== undefined) complain(host, this.world, error);
    });
    this.remembering.set(id, work);
    void work.finally(() => this.remembering.delete(id));
  }

  private async recall(link: HostLink): Promise<void> {
    if (![...this.tenants.values()].some(({ missing }) => missing.length > 0)) return;
    const key = await this.world.key();
    for (const { app } of await link.call('recall', {}, { timeout: RECALL, patience: PATIENCE })) {
      const tenant = [...this.tenants.values()].find(({ entry }) => entry.instance === app.instance);
      if (tenant === undefined || tenant.missing.length === 0 || tenant.entry.specDigest !== app.digest) continue;
      const running = { environ: app.properties, cmdline: app.args };
      const { spec, missing } = learnBack(tenant.entry.spec, running, checkedBy(key, tenant.entry));
      setSpec(tenant, spec, missing);
    }
  }

  private inside(id: string): Tenant[] {
    return [...this.tenants.values()].filter(
      ({ entry }) => entry.inside.id === id && entry.wanted === 'running' && !entry.inside.dropping,
    );
  }

  private bring(host: Managed, some: readonly Tenant[]): void {
    const { token } = host.entry;
    for (const tenant of some) enter(tenant, this.world, { phase: 'starting', reason: null });
    for (const tenant of some) {
      // All are known to be under way before any looks for those that it has to wait for.
      const done: Promise<void> = Promise.resolve()
        .then(() => this.bringOne(host, token, tenant))
        .catch((error: unknown) => complain(tenant, this.world, error))
        .finally(() => {
          if (this.under.get(tenant) === done) this.under.delete(tenant);
        });
      this.under.set(tenant, done);
    }
  }

  private async bringOne(host: Managed, token: string | null, tenant: Tenant): Promise<void> {
    const { entry } = tenant;
    await this.those(tenant);
    await this.remembering.get(entry.inside.id);
    await inTurn(tenant, async () => {
      const isCurrent = (): boolean =>
        host.entry.token === token && entry.phase === 'starting' && entry.wanted === 'running';
      if (!isCurrent()) return;
      try {
        if (!(await regain(tenant, this.world))) return;
        const secret = missingForStart(tenant.missing);
        if (secret !== undefined) throw notAvailable(secret);
        const link = this.link(host);
        if (link === undefined) return;
        const app = this.appOf(tenant);
        crashPoint('tenant:before-start');
        await link.call('start', { app, run: entry.run ?? entry.instance }, { patience: PATIENCE });
        crashPoint('tenant:after-start');
        enter(tenant, this.world, { phase: 'running', reason: null, startedAt: this.world.now().toISOString() });
        this.world.log(`${entry.identity.id}: runs in ${entry.inside.id} again`);
      } catch (thrown) {
        // A host that has ended once more is started once more, and all begins anew.
        if (!isCurrent() || !lives(host)) return;
        const error = withoutSecrets(thrown, tenant);
        complain(tenant, this.world, error);
        enter(tenant, this.world, { phase: 'failed', reason: error.message });
      }
    });
  }

  /** Waits for those that it depends on, as far as they are being brought back too. */
  private async those(tenant: Tenant): Promise<void> {
    const { after } = tenant.entry.inside;
    const waits = [...this.under].flatMap(([other, done]) =>
      other !== tenant && after.includes(other.entry.identity.id) ? [done] : [],
    );
    if (waits.length === 0) return;
    const timer = new AbortController();
    const longest = sleep(LONGEST_WAIT, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([Promise.all(waits), longest]);
    timer.abort();
  }

  private appOf({ entry, spec }: Tenant): AppCall {
    const { project } = this.world;
    const { home, instance, specDigest } = entry;
    return appCallOf(
      { identity: home, instance, spec, specDigest },
      { dir: project, volumes: volumesOf(entry, spec, project), logs: logFiles(project, home.id) },
    );
  }

  private link({ entry }: Managed): HostLink | undefined {
    const socket: unknown = entry.spec.env?.[SOCKET_VARIABLE];
    return typeof socket === 'string' ? this.links.at(socket, entry.identity.id) : undefined;
  }
}

const lives = ({ entry }: Managed): boolean => entry.process !== null && isAlive(entry.process);
