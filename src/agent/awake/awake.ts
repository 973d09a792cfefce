import { setTimeout as sleep } from 'node:timers/promises';
import { type ActivityLog, openActivity } from '../../activity/log.ts';
import type { AgentConfig, AwakeStatus } from '../../model/awake.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import { type Spec, wantsWatch } from '../../model/spec.ts';
import type { Provider } from '../../providers/contract.ts';
import { makeProvider } from '../../providers/registry.ts';
import { openActor } from './actor.ts';
import { type Clock, realClock } from './clock.ts';
import { type AwakeConfig, awakeConfigStamp, readAwakeConfig } from './config-file.ts';
import type { Awake, Keep, Part } from './contract.ts';
import { openKeep } from './keep-file.ts';
import type { InCare } from './monitor/in-care.ts';
import { MissedSamples } from './monitor/missed.ts';
import { loadParts } from './parts.ts';
import { Sampler } from './sampler.ts';
import { StateView } from './state-view.ts';
import { Ticker } from './ticker.ts';

export interface AwakeOptions {
  project: string;
  pjVersion: string;
  /** bin/pj.js. */
  pjEntry: string;
  env: Record<string, string | undefined>;
  log(text: string): void;
  /** What this agent runs itself. Default: nothing. */
  careOf?(record: WorkloadRecord): InCare | undefined;
  /** Default: one of its own. */
  activity?: ActivityLog;
  /** With the sensitive values that are known. Default: nothing. */
  specOf?(record: WorkloadRecord): Spec | undefined;
  /** Default: the real one. */
  clock?: Clock;
  /** Makes the provider of that name. Default: the real one. */
  providers?(name: string): Promise<Provider>;
}

/** Somebody who asked for samples within so long may ask again: they are taken for him. ms */
const ASKED = 10_000;
/** Longest that the closing of connections to engines is waited for. ms */
const CLOSE_DEADLINE = 3_000;

/** The watch over all kinds: samples once a second and tells its parts. */
export class Watch implements Awake {
  readonly project: string;
  readonly activity;
  private readonly options: AwakeOptions;
  private readonly state: StateView;
  private readonly sampler: Sampler;
  private readonly ticker: Ticker;
  private readonly keepOf: (part: string) => Keep;
  private readonly actor: Awake['act'];
  private readonly providers = new Map<string, Promise<Provider>>();
  private readonly clock: Clock;
  private readonly missed: MissedSamples;
  private askedAt = Number.NEGATIVE_INFINITY;
  private sampling = false;
  private parts: Part[] = [];
  private file: AwakeConfig = { name: 'project', agent: {} };
  private configStamp = 'never read';

  constructor(options: AwakeOptions) {
    this.options = options;
    this.clock = options.clock ?? realClock;
    this.project = options.project;
    this.activity = options.activity ?? openActivity(options.project, () => this.now());
    this.state = new StateView(options.project, options.pjVersion);
    this.sampler = new Sampler(this, this.clock, (record) => options.careOf?.(record));
    this.missed = new MissedSamples(this.activity, this.clock);
    this.ticker = new Ticker(
      () => this.every,
      () => this.tick(),
      this.clock,
    );
    this.keepOf = openKeep(options.project);
    this.actor = openActor(options);
  }

  get pjEntry(): string {
    return this.options.pjEntry;
  }
  get name(): string {
    return this.file.name;
  }
  get config(): AgentConfig {
    return this.file.agent;
  }
  get watched() {
    return this.state.watched;
  }
  get stateKnown(): boolean {
    return this.state.known;
  }
  get lookedAt(): number {
    return this.state.lookedAt;
  }
  get samples() {
    return this.sampler.latest;
  }
  get busy(): boolean {
    return this.state.busy;
  }
  get booting(): boolean {
    return this.parts.some((part) => part.booting === true);
  }

  now = (): Date => this.clock.now();
  monotonic = (): number => this.clock.monotonic();
  random = (): number => Math.random();
  log = (text: string): void => this.options.log(text);
  keep = (part: string): Keep => this.keepOf(part);
  specOf = (record: WorkloadRecord): Spec | undefined => this.options.specOf?.(record);
  act: Awake['act'] = (act, still) => this.actor(act, still);

  provider(name: string): Promise<Provider> {
    let provider = this.providers.get(name);
    if (provider === undefined) {
      const { project: dir, env, pjVersion } = { ...this.options };
      provider = this.options.providers?.(name) ?? makeProvider(name, { dir, project: this.file.name, env, pjVersion });
      this.providers.set(name, provider);
    }
    return provider;
  }

  renew(name: string): void {
    const before = this.providers.get(name);
    this.providers.delete(name);
    // Others may still wait for an answer of it, which they do not get either; closing it may hang as its calls do.
    void before?.then((provider) => provider.close?.()).catch(() => undefined);
  }

  /** Whether there is something to watch beside what the agent itself runs. */
  get needed(): boolean {
    const { metrics, telemetry, drift } = this.config;
    const asked = metrics !== undefined || telemetry !== undefined || drift !== undefined;
    return (
      this.watched.size > 0 &&
      (asked || this.booting || [...this.watched.values()].some(({ record }) => wantsWatch(record.spec)))
    );
  }

  async begin(): Promise<void> {
    await this.look();
    for (const make of await loadParts()) this.parts.push(make(this));
    for (const part of this.parts) await this.guarded(part, () => part.begin?.());
    this.ticker.start();
  }

  async end(handOver = false): Promise<void> {
    this.ticker.stop();
    this.sampler.rest();
    for (const part of this.parts) await this.guarded(part, () => part.end?.(handOver));
    await this.closeProviders();
  }

  status(): AwakeStatus {
    this.askedAt = this.monotonic();
    const { slow, failures } = this.sampler;
    const some = (counts: Record<string, number>): boolean => Object.keys(counts).length > 0;
    const sampling = {
      ...this.ticker.figures(),
      ...(some(slow) ? { slow } : {}),
      ...(some(failures) ? { failures } : {}),
    };
    const status: AwakeStatus = { sampling, workloads: [] };
    for (const part of this.parts) Object.assign(status, part.status?.());
    for (const id of this.watched.keys()) {
      const sample = this.samples.get(id);
      const about = this.parts.map((part) => part.about?.(id));
      status.workloads.push(Object.assign({ id, ...(sample === undefined ? {} : { sample }) }, ...about));
    }
    return status;
  }

  private get every(): number {
    return (this.config.sampling?.interval ?? 1) * 1000;
  }

  private async tick(): Promise<void> {
    if (await this.look()) for (const part of this.parts) void this.guarded(part, () => part.changed?.());
    await this.sample();
    for (const part of this.parts) void this.guarded(part, () => part.tick?.());
  }

  /** Nobody is to pay for what nobody wants to know. */
  private async sample(): Promise<void> {
    try {
      const wanted = this.needed || this.parts.some((part) => part.wantsSamples === true);
      if (wanted || this.monotonic() - this.askedAt < ASKED) {
        this.sampling = true;
        await this.sampler.tick(this.every);
        this.missed.count(this.ticker.missed, this.sampler.slow);
      } else if (this.sampling) {
        this.sampling = false;
        this.sampler.rest();
        // Their connections would keep the agent from ending.
        void this.closeProviders();
      }
    } catch (error) {
      this.complain('sampling', error);
    }
  }

  private async closeProviders(): Promise<void> {
    const providers = [...this.providers.values()];
    this.providers.clear();
    const close = async (provider: Promise<Provider>) => (await provider).close?.();
    const closed = Promise.allSettled(providers.map(close));
    // A connection that hangs may not even close.
    await Promise.race([closed, sleep(CLOSE_DEADLINE, undefined, { ref: false })]);
  }

  /** Reads state and configuration where they have changed; true then. */
  async look(): Promise<boolean> {
    let changed = false;
    const stamp = awakeConfigStamp(this.project);
    if (stamp !== this.configStamp) {
      this.configStamp = stamp;
      this.file = readAwakeConfig(this.project) ?? this.file;
      changed = true;
    }
    try {
      return (await this.state.look(this.monotonic())) || changed;
    } catch (error) {
      this.complain('state', error);
      return changed;
    }
  }

  /** A part that fails must not take the others with it. */
  private async guarded(part: Part, call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.complain(part.name, error);
    }
  }

  private readonly complained = new Map<string, string>();
  private complain(who: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (this.complained.get(who) === text) return;
    this.complained.set(who, text);
    this.log(`${who}: ${text}`);
  }
}
