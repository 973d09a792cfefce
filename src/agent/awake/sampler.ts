import type { Sample } from '../../model/awake.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import type { Handles } from '../../os/counters/kept-file.ts';
import type { CallContext, Provider } from '../../providers/contract.ts';
import type { Clock } from './clock.ts';
import type { Awake, Watched } from './contract.ts';
import { DiskWatch } from './monitor/disk-watch.ts';
import type { InCare } from './monitor/in-care.ts';
import { Lane, type LaneOptions } from './monitor/lane.ts';
import { Tracked } from './monitor/tracked.ts';

/** How long a tick waits for engines: what comes later is told with the next one. ms */
const PATIENCE = 250;
/** Intervals after which a sample says nothing of now any more, and the least that is waited for the next one (ms). */
const [STALE, STALE_LEAST] = [3, 5_000];
/** Files of the kernel that are kept open, in all. */
const KEPT_OPEN = 8_000;
/** Kinds that use nothing, and states in which nothing runs. */
const IDLE_KINDS = new Set(['external', 'network', 'volume']);
const IDLE_STATES = new Set(['DEPLOYED', 'STOPPED']);

/**
 * Reads what all workloads use. Where the counters are the kernel's of this host it reads them itself, at once; engines are asked beside that, each at its
 * own pace: a workload of a slow one keeps the sample that it had (the very same object), for three intervals and at least 5 s.
 */
export class Sampler {
  /** By id; one map for ever, a new object for every sample. */
  readonly latest = new Map<string, Sample>();
  private readonly awake: Awake;
  private readonly clock: Clock;
  private readonly careOf: (record: WorkloadRecord) => InCare | undefined;
  private readonly handles: Handles = { left: KEPT_OPEN };
  private readonly tracked = new Map<string, Tracked>();
  private readonly providers = new Map<string, Provider>();
  private readonly lanes = new Map<string, Lane>();
  private readonly failed = new Map<string, number>();
  private readonly disk: DiskWatch;
  private readonly bounds: Pick<LaneOptions, 'longest' | 'last'>;
  private seen: ReadonlyMap<string, Watched> | undefined;

  /** `bounds`: of calls to engines, see LaneOptions. */
  constructor(
    awake: Awake,
    clock: Clock,
    careOf: (record: WorkloadRecord) => InCare | undefined,
    bounds: Pick<LaneOptions, 'longest' | 'last'> = {},
  ) {
    this.bounds = bounds;
    this.awake = awake;
    this.clock = clock;
    this.careOf = careOf;
    this.disk = new DiskWatch(clock);
  }

  /** Samples that were not taken as an engine still owed the one before, by engine. */
  get slow(): Record<string, number> {
    const slow: Record<string, number> = {};
    for (const [name, { missed }] of this.lanes) if (missed > 0) slow[name] = missed;
    return slow;
  }

  /** Questions that came to nothing, by engine; 0 for one that has not failed yet. */
  get failures(): Record<string, number> {
    return Object.fromEntries(this.failed);
  }

  /** `every`: ms between two ticks. Never rejects. */
  async tick(every: number): Promise<void> {
    const now = this.clock.monotonic();
    const at = this.awake.now().toISOString();
    if (this.seen !== this.awake.watched) this.follow();
    const due = [...this.tracked.values()].filter((one) => one.due(now, every));
    const waits = [...this.askForPlaces(due, now), ...this.askEngines(due)];
    const kernel = due.filter(({ how }) => how === 'kernel');
    for (const one of kernel) one.read(now);
    waits.push(...this.lookInside(kernel));
    if (waits.length > 0) await this.within(PATIENCE, waits);
    for (const one of kernel) if (this.tracked.get(one.id) === one) this.took(one, one.sample(at));
    this.forgetStale(every);
    this.disk.tick(this.tracked.values());
  }

  /** Lets go of all files and forgets all samples: nobody wants any for now. */
  rest(): void {
    for (const one of this.tracked.values()) one.close();
    this.disk.close();
    this.tracked.clear();
    this.latest.clear();
    this.providers.clear();
    this.seen = undefined;
  }

  /** The state says something else by now. */
  private follow(): void {
    this.seen = this.awake.watched;
    for (const [id, one] of this.tracked) {
      const watched = this.seen.get(id);
      if (watched !== undefined && watched.instance === one.watched.instance && isSampled(watched)) {
        one.watched = watched;
        continue;
      }
      one.close();
      this.tracked.delete(id);
      this.latest.delete(id);
    }
    for (const [id, watched] of this.seen) {
      if (this.tracked.has(id) || !isSampled(watched)) continue;
      this.tracked.set(id, new Tracked(watched, this.careOf(watched.record), this.handles));
    }
  }

  private took(one: Tracked, sample: Sample): void {
    one.takenAt = this.clock.monotonic();
    this.latest.set(one.id, sample);
  }

  /** Of those whose engine does not answer nothing is known by then; whoever shows them is not to show what was. */
  private forgetStale(every: number): void {
    const now = this.clock.monotonic();
    for (const one of this.tracked.values()) {
      const interval = Math.max(every, (one.watched.record.spec.monitoring?.interval ?? 0) * 1000);
      if (now - one.takenAt > Math.max(STALE * interval, STALE_LEAST)) this.latest.delete(one.id);
    }
  }

  private *askForPlaces(due: readonly Tracked[], now: number): Iterable<Promise<void>> {
    const wanting = due.filter((one) => one.wantsPlaces(now));
    for (const { engine, provider, some } of this.byEngine(wanting)) {
      if (provider === undefined) continue;
      const waits = this.lane(`${engine} places`, some, engine).start(async (signal) => {
        for (const one of some) one.askedAt(now);
        const found = (await provider.places?.(recordsOf(some), quiet(signal))) ?? [];
        if (signal.aborted) return;
        const places = new Map(found.map((one) => [one.id, one]));
        for (const one of some) {
          const place = places.get(one.id);
          if (place !== undefined) one.place(place, now);
          else if (one.how === 'unknown') one.how = provider.sample === undefined ? 'none' : 'engine';
        }
      });
      if (waits !== undefined) yield waits;
    }
  }

  private *askEngines(due: readonly Tracked[]): Iterable<Promise<void>> {
    for (const { engine, provider, some } of this.byEngine(due.filter(({ how }) => how === 'engine'))) {
      if (provider?.sample === undefined) continue;
      const lane = this.lane(engine, some, engine);
      const waits = lane.start(async (signal) => {
        const usage = (await provider.sample?.(recordsOf(some), quiet(signal))) ?? [];
        if (signal.aborted) return;
        // Of when it answered: its counters are not of when it was asked.
        const now = this.clock.monotonic();
        const at = this.awake.now().toISOString();
        const told = new Map(usage.map((one) => [one.id, one]));
        for (const one of some) {
          if (this.tracked.get(one.id) !== one) continue;
          const used = told.get(one.id) ?? { id: one.id, processes: 0 };
          this.took(one, one.sampleOf(used, at, now));
        }
      });
      if (waits === undefined) lane.missed += some.length;
      else yield waits;
    }
  }

  /** A JVM tells of its heap itself. */
  private *lookInside(kernel: readonly Tracked[]): Iterable<Promise<void>> {
    const some = kernel.filter(({ watched, group }) => isJvm(watched) && (group?.pids.size ?? 0) > 0);
    for (const { engine, provider, some: own } of this.byEngine(some)) {
      if (provider?.inside === undefined) continue;
      const waits = this.lane(`${engine} inside`, own).start(async (signal) => {
        const running = own.map((one) => ({ record: one.watched.record, pids: [...(one.group?.pids ?? [])] }));
        const told = new Map((await provider.inside?.(running, quiet(signal)))?.map((one) => [one.id, one]));
        if (signal.aborted) return;
        for (const one of own) one.inside = told.get(one.id);
      });
      if (waits !== undefined) yield waits;
    }
  }

  /** Those of one engine together, with their provider; that is loaded first, and asked from the next tick on. */
  private byEngine(some: readonly Tracked[]): Iterable<{ engine: string; provider?: Provider; some: Tracked[] }> {
    const groups = new Map<string, { engine: string; provider?: Provider; some: Tracked[] }>();
    for (const one of some) {
      const { record } = one.watched;
      const provider = this.providers.get(record.provider);
      const engine = [record.provider, provider?.engineOf?.(record) ?? ''].join(' ').trim();
      let group = groups.get(engine);
      if (group === undefined) {
        group = provider === undefined ? { engine, some: [] } : { engine, provider, some: [] };
        groups.set(engine, group);
        if (provider === undefined) this.load(record.provider);
      }
      group.some.push(one);
    }
    return groups.values();
  }

  private load(name: string): void {
    void this.lane(`${name} load`, [], name).start(async (signal) => {
      const provider = await this.awake.provider(name);
      if (!signal.aborted) this.providers.set(name, provider);
    });
  }

  /** `some`: those it is for, all of one provider. `engine`: whose failures its are. */
  private lane(name: string, some: readonly Tracked[] = [], engine?: string): Lane {
    let lane = this.lanes.get(name);
    if (lane === undefined) {
      const complained = new Set<string>();
      const used = some[0]?.watched.record.provider;
      if (engine !== undefined) this.failed.set(engine, this.failed.get(engine) ?? 0);
      lane = new Lane({
        failed: (error) => {
          if (engine !== undefined) this.failed.set(engine, (this.failed.get(engine) ?? 0) + 1);
          const text = error instanceof Error ? error.message : String(error);
          // The same trouble once, and never a set that grows for ever.
          if (complained.has(text) || complained.size > 20) return;
          complained.add(text);
          this.awake.log(`sampling ${name}: ${text}`);
        },
        // Whatever holds the call up, a connection most likely, is left to it: the next one gets a new provider.
        abandoned: () => {
          if (used === undefined) return;
          this.providers.delete(used);
          this.awake.renew?.(used);
        },
        ...this.bounds,
      });
      this.lanes.set(name, lane);
    }
    return lane;
  }

  private async within(ms: number, waits: readonly Promise<void>[]): Promise<void> {
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = this.clock.setTimer(resolve, ms);
    });
    await Promise.race([Promise.all(waits), late]);
    this.clock.clearTimer(timer);
  }
}

const recordsOf = (some: readonly Tracked[]): WorkloadRecord[] => some.map(({ watched }) => watched.record);

const isSampled = ({ record: { kind, handle, state, spec } }: Watched): boolean =>
  handle !== null && !IDLE_KINDS.has(kind) && !IDLE_STATES.has(state) && spec.monitoring?.enabled !== false;

const isJvm = ({ record: { kind } }: Watched): boolean => kind === 'java' || kind === 'jvm';

const quiet = (signal: AbortSignal): CallContext => ({ signal, progress: () => undefined });
