import { setTimeout as sleep } from 'node:timers/promises';
import type { HostLink } from '../../jvm/hosts.ts';
import type { AppState } from '../../jvm/protocol.ts';
import { crashPoint } from '../crash.ts';
import { enter, inTurn, LONGEST, type Managed } from '../world.ts';
import { bringBack } from './bring-back.ts';
import { noteEnd } from './follow.ts';
import { awaitEarlier } from './order.ts';
import { recall } from './recall.ts';
import { isToRun, isUp, socketIn, type Tenant } from './tenant.ts';
import type { Tenants } from './tenants.ts';

/** How long a host may take until it answers. ms */
const HOST_DEADLINE = 120_000;
/** Between two tries to reach it, and two looks whether it still runs. ms */
const LOOK = 100;
/** Between two questions to one that did not answer in time. ms */
const RETRY = 500;
/** Phases in which a host has an application in its own care. */
const AT_WORK: readonly AppState['phase'][] = ['starting', 'running', 'stopping', 'backoff'];

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Brings back what belongs into one host, once, for as long as this very process of it runs. What pj does meanwhile does not hurt. */
export class Revival {
  private readonly tenants: Tenants;
  private readonly host: Managed;
  private readonly token: string | null;
  private readonly aborter = new AbortController();
  private back = 0;

  constructor(tenants: Tenants, host: Managed) {
    this.tenants = tenants;
    this.host = host;
    this.token = host.entry.token;
  }

  /** Another start of the host, or its end, takes over. */
  abort(): void {
    this.aborter.abort();
  }

  /** Never throws. */
  async run(): Promise<void> {
    const watcher = setInterval(() => {
      if (this.isOver()) this.abort();
    }, LOOK);
    const began = performance.now();
    try {
      const link = await this.reach();
      if (link === undefined) return;
      const wanted = await this.look(link);
      await Promise.all(wanted.map((tenant) => this.bringBack(tenant, link)));
      if (this.back > 0) {
        const what = `${this.back} application${this.back === 1 ? '' : 's'}`;
        this.log(`${what} brought back within ${Math.round(performance.now() - began)} ms`);
      }
    } catch (error) {
      if (!this.isOver()) this.log(`its applications could not be brought back: ${messageOf(error)}`);
    } finally {
      clearInterval(watcher);
    }
  }

  private isOver(): boolean {
    return this.aborter.signal.aborted || this.host.entry.token !== this.token || !isUp(this.host);
  }

  private log(text: string): void {
    this.tenants.world.log(`${this.host.entry.identity.id}: ${text}`);
  }

  /** Waits until the host answers. Undefined: it has ended, or never answered, which is told. */
  private async reach(): Promise<HostLink | undefined> {
    const socket = socketIn(this.host.entry);
    if (socket === undefined) return this.giveUp('its entry does not say where it listens');
    const { signal } = this.aborter;
    const end = performance.now() + HOST_DEADLINE;
    const link = this.tenants.links.at(socket, this.host.entry.identity.id);
    for (let wait = 10; ; wait = Math.min(wait * 1.5, LOOK)) {
      try {
        await link.call('hello', {}, { signal });
        return link;
      } catch (error) {
        if (this.isOver()) return undefined;
        if (performance.now() > end) return this.giveUp(messageOf(error));
      }
      await sleep(wait);
    }
  }

  private giveUp(reason: string): undefined {
    this.log(`its applications are not brought back: ${reason}`);
    for (const tenant of this.tenants.inside(this.host))
      if (tenant.entry.phase === 'starting') enter(tenant, this.tenants.world, { phase: 'failed', reason });
    return undefined;
  }

  /** What is missing in it. A busy host that gives no answer in time is asked again for as long as it runs. */
  private async look(link: HostLink): Promise<Tenant[]> {
    const { signal } = this.aborter;
    for (let told = false; ; told = true) {
      try {
        await recall(this.tenants.inside(this.host), this.tenants.world, link, signal);
        return await this.missing(link);
      } catch (error) {
        if (this.isOver()) throw error;
        if (!told) this.log(`does not say what runs in it, and is asked again: ${messageOf(error)}`);
        await sleep(RETRY, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Those that are to run in this host and do not. */
  private async missing(link: HostLink): Promise<Tenant[]> {
    const { world } = this.tenants;
    const { apps } = await link.list({ signal: this.aborter.signal });
    const wanted: Tenant[] = [];
    for (const tenant of this.tenants.inside(this.host)) {
      const { entry } = tenant;
      if (!isToRun(entry)) continue;
      const state = apps.find(({ instance }) => instance === entry.instance);
      const isThere = state !== undefined && AT_WORK.includes(state.phase);
      if (isThere) {
        if (entry.phase !== 'running') enter(tenant, world, { phase: 'running', reason: null, nextStart: null });
      } else if (state === undefined || !noteEnd(this.tenants, tenant, state)) {
        if (entry.phase !== 'starting') enter(tenant, world, { phase: 'starting', reason: null, nextStart: null });
        wanted.push(tenant);
      }
    }
    return wanted;
  }

  private async bringBack(tenant: Tenant, link: HostLink): Promise<void> {
    const { tenants } = this;
    const { id } = tenant.entry.identity;
    const stop = () => this.isOver() || !tenants.has(tenant) || !isToRun(tenant.entry);
    const without = await awaitEarlier(tenant, tenants, stop);
    if (without.length > 0 && !stop()) this.log(`${id} is started though ${without.join(', ')} does not run`);
    while (!stop()) {
      crashPoint('revive:before-start');
      const delay = await inTurn(tenant, async () =>
        stop()
          ? null
          : bringBack(tenant, tenants, {
              host: this.host,
              link,
              signal: this.aborter.signal,
              isOver: () => this.isOver(),
            }),
      );
      crashPoint('revive:after-start');
      if (delay === null) {
        if (tenant.entry.phase === 'running' || tenant.entry.phase === 'completed') this.back += 1;
        return;
      }
      await sleep(Math.min(delay, LONGEST), undefined, { signal: this.aborter.signal }).catch(() => undefined);
      // Started by pj, or put off, while it waited.
      if (tenant.entry.phase !== 'backoff' && tenant.entry.phase !== 'starting') return;
    }
  }
}
